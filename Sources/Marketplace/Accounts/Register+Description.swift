// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension Register {
    static let description = RouteDescription(
        tag: .accounts, summary: "Register an account",
        text: """
            Makes an account with its first session. The mail address is unique whatever its case. A password needs at least \
            \(PasswordPolicy.characterCountMin) characters and must not be among the first that are tried. The cart of \
            `X-Cart-Token` is taken over.
            """,
        parameters: [AccountFields.cartToken],
        body: .json(
            .object([
                .required("email", UserSchema.email), .required("password", UserSchema.password),
                .required("full_name", UserSchema.fullName),
                .optional("phone", UserSchema.newPhone.orNull),
                .optional("locale", UserSchema.locale.orNull),
                .optional(
                    "audience",
                    Schema.choice(of: AccountFields.RegistrationAudience.self, example: .customer).orNull
                        .says("Narrows the tokens to one surface.")),
            ]).named("Registration")),
        answers: [
            .json(
                .created, "The account and its tokens.",
                .object(
                    [.required("user", UserSchema.user), .required("tokens", UserSchema.tokens)], isClosed: true))
        ], problems: [.emailTaken, .weakPassword, .accountBlocked])
}

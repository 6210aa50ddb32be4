// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension LogIn {
    static let description = RouteDescription(
        tag: .accounts, summary: "Log in",
        text: """
            Opens a session. Without `audience` the token is good for every surface that the user's roles allow. After ten \
            failures in an hour the address is locked for the rest of it; unknown addresses and wrong passwords get the same \
            answer in the same time. The cart of `X-Cart-Token` is taken over.
            """,
        parameters: [AccountFields.cartToken],
        body: .json(
            .object([
                .required("email", .string(length: 1...254, example: "customer@mve.test")),
                .required("password", .string(length: 1...1024, example: "customer-demo-2026")),
                .optional(
                    "audience", Schema.choice(of: AccountFields.LoginAudience.self, example: .customer).orNull),
                .optional(
                    "otp",
                    Schema.string(length: 1...16, example: "287082").orNull
                        .says("A code of the second factor, or a recovery code; needed where one is enrolled.")),
                .optional("device_name", Schema.string(length: 1...200, example: "Asha's phone").orNull),
            ]).named("Credentials")),
        answers: [.json(.ok, "The session's tokens.", UserSchema.tokens)],
        problems: [.invalidCredentials, .mfaRequired, .accountBlocked, .forbidden])
}

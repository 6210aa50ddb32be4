// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ResetPassword {
    static let description = RouteDescription(
        tag: .accounts, summary: "Set a new password",
        text: """
            Takes the token of the mail that `POST /api/auth/password/forgot/` causes, once, for a day. Ends all sessions and \
            opens an account that was locked after failures.
            """,
        body: .json(
            .object([.required("token", UserSchema.mailToken), .required("password", UserSchema.password)])
                .named("PasswordReset")),
        answers: [.empty(.noContent, "The password is set.")], problems: [.weakPassword])
}

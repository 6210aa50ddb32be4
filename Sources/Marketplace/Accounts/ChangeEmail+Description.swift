// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ChangeEmail {
    static let description = RouteDescription(
        tag: .accounts, summary: "Change the mail address",
        text: """
            Sends a mail to the old and to the new address. The account uses the new one when the tokens of both have been \
            brought to `POST /api/auth/verify-email/`.
            """,
        body: .json(
            .object([
                .required("current_password", .string(length: 1...1024, example: "customer-demo-2026")),
                .required("email", UserSchema.email),
            ]).named("EmailChange")),
        answers: [.empty(.accepted, "Two mails follow.")], problems: [.invalidCredentials, .emailTaken])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ForgotPassword {
    static let description = RouteDescription(
        tag: .accounts, summary: "Ask for a new password",
        text: """
            Sends a mail with a token for `POST /api/auth/password/reset/` where there is such an account. The answer does not \
            tell.
            """,
        body: .json(
            .object([.required("email", .string(length: 1...254, example: "customer@mve.test"))]).named("Forgotten")),
        answers: [.empty(.accepted, "A mail follows if there is such an account.")])
}

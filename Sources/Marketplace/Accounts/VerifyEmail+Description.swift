// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension VerifyEmail {
    static let description = RouteDescription(
        tag: .accounts, summary: "Confirm a mail address",
        text: """
            Takes the token of a mail: that of a new account, or one of the two of a change of address. It works once, for a day.
            """,
        body: .json(.object([.required("token", UserSchema.mailToken)]).named("MailProof")),
        answers: [.empty(.noContent, "The address is confirmed.")], problems: [.emailTaken])
}

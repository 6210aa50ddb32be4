// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ResendVerification {
    static let description = RouteDescription(
        tag: .accounts, summary: "Send the confirmation mail again",
        text: "At most \(AccountsStore.proofsMax) mails a day; where the address is confirmed already, none.",
        body: .json(.object([]).named("Nothing"), isRequired: false),
        answers: [.empty(.accepted, "A mail follows where one is needed.")])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SubmitKYC {
    static let description = RouteDescription(
        tag: .sellers, summary: "Hand the documents in",
        text: """
            A draft, and a seller that was turned down and may try again, waits for approval from then on.
            """,
        body: .json(.object([]), isRequired: false),
        answers: [.json(.ok, "How far it has come.", ReadKYCStatus.status)],
        problems: [.notFound, .sellerNotActive, .illegalTransition, .kycIncomplete, .gstinTaken])
}

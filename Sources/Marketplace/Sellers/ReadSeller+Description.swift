// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Read a seller as an admin",
        text: """
            With documents under addresses for this admin, people, the ledger and the history.
            """,
        parameters: [.query("id", "The seller.", .id(SellerID.self), isRequired: true)],
        answers: [.json(.ok, "The seller.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}

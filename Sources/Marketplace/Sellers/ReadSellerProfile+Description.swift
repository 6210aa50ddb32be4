// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadSellerProfile {
    static let description = RouteDescription(
        tag: .sellers, summary: "Read one's own seller",
        text: """
            With what must still be proved, and the balance as the ledger stands.
            """,
        answers: [.json(.ok, "The seller.", SellerSchema.profile, headers: [.etag])],
        problems: [.notFound])
}

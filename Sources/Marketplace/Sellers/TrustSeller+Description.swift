// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension TrustSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Let a seller's products do without review",
        text: """
            Or have them reviewed again. Products that wait already go on waiting. By another admin than the owner.
            """,
        body: .json(
            .object([
                .required("id", .id(SellerID.self)), .required("trusted", .boolean(example: true)),
                .required("note", .string(length: 1...2000, example: "Two years without a rejection.")),
            ]).named("SellerTrust")),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .fourEyesRequired])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RejectSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Turn a seller down",
        text: """
            The reason and the note are shown to the seller.
            """,
        body: .json(
            SellerSchema.act(needsReason: true, [.optional("allow_resubmit", Schema.boolean(example: true).orNull)])),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .illegalTransition])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SuspendSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Suspend a seller",
        text: """
            Nothing of it can be bought any more; open orders go on, payouts wait.
            """,
        body: .json(SellerSchema.act(needsReason: true)),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .illegalTransition])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CloseSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Close a seller for good",
        text: """
            A suspended one, or one that never was approved; without open orders and with a balance of zero, else `errors[]` tells what is \
            in the way. The owner is written.
            """,
        body: .json(SellerSchema.act(needsReason: true)),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.detail, headers: [.etag])],
        problems: [.notFound, .illegalTransition])
}

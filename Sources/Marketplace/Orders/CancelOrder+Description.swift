// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CancelOrder {
    static let description = RouteDescription(
        tag: .orders, summary: "Cancel an order",
        text: """
            An unpaid order as a whole. Of a paid one every part that has not left yet, or exactly the named parts; what was paid for \
            them is owed back at once. What is cancelled already stays so, and is no error.
            """,
        parameters: [.ifMatch], body: OrderCancelling.body,
        answers: [.json(.ok, "The order as it is now.", OrderSchema.order, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .versionConflict])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CancelAnyOrder {
    static let description = RouteDescription(
        tag: .admin, summary: "Cancel anybody's order",
        text:
            "As its buyer could: an unpaid one as a whole, of a paid one what has not left yet, or exactly the named parts.",
        parameters: [.ifMatch], body: OrderCancelling.bodyOfAdmins,
        answers: [.json(.ok, "The order as it is now.", OrderSchema.order, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .versionConflict])
}

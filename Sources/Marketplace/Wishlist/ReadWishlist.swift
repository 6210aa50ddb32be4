// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/wishlist/get/`: what the caller has put by, the newest first, at today's prices.
struct ReadWishlist: Sendable {
    static let path = "/api/wishlist/get/"

    let dependencies: WishlistDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let list = ListIdentity(route: Self.path, sort: "-added_at", filters: [("user", "\(caller.user)")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        // From the primary: who has just added something wants to see it.
        let rows = try await WishlistStore.items(
            of: caller.user, before: try asked.after.map(Self.position), limit: asked.limit + 1, in: dependencies.pool)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.addedAt.microseconds), .number($0.variant.rawValue)])
        }
        let offers = try await dependencies.offers(page.items.map(\.variant))
        return pages.response(page, in: list) { $0.write(to: &$1, offers[$0.variant]) }
    }

    private static func position(_ cursor: PageCursor) throws -> (at: Timestamp, variant: VariantID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), VariantID(rawValue: id))
    }
}

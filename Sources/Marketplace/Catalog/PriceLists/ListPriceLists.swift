// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/sellers/price-lists/`: the caller's seller's lists without their entries, the newest first.
struct ListPriceLists: Sendable {
    static let path = "/api/sellers/price-lists/"

    let dependencies: PriceListDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: false)
        let list = ListIdentity(route: Self.path, sort: "-created_at", filters: [("seller", "\(seller)")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await PriceListStore(client: dependencies.pool.reads).lists(
            of: seller, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.id.rawValue)]) }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> PriceListID {
        guard cursor.keys.count == 1, case .number(let id) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return PriceListID(rawValue: id)
    }
}

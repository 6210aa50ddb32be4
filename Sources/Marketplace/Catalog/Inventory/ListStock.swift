// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/inventory/list/` and `GET /api/sellers/low-stock/`: a page of the seller's levels, in the order in which the
/// variants were made.
struct ListStock: Sendable {
    let dependencies: InventoryDependencies
    let path: String
    /// Whether the list holds nothing but what is low.
    let isAlwaysLow: Bool

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: false)
        let isLow = try isAlwaysLow || Self.low(request)
        let list = ListIdentity(
            route: path, sort: "created_at", filters: [("seller", "\(seller)"), ("low", isLow ? "true" : "false")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let client = dependencies.pool.reads
        let rows = try await StockStore(client: client).levels(
            of: seller, after: try asked.after.map(Self.position), isLow: isLow, limit: asked.limit + 1, in: client)
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.variant.rawValue)]) }
        return pages.response(page, in: list)
    }

    private static func low(_ request: RequestContext) throws -> Bool {
        switch request.query["low"] {
        case nil, "false": false
        case "true": true
        default:
            throw Problem(
                .validationFailed,
                errors: [.init(pointer: "/low", code: "invalid-parameter", message: "true or false is expected")])
        }
    }

    private static func position(_ cursor: PageCursor) throws -> VariantID {
        guard cursor.keys.count == 1, case .number(let id) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return VariantID(rawValue: id)
    }
}

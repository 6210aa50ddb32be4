// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/inventory/movements/`: what changed the stock of one of the seller's variants, the newest first.
struct ListMovements: Sendable {
    static let path = "/api/inventory/movements/"

    let dependencies: InventoryDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: false)
        guard let text = request.query["variant_id"] else {
            throw Problem(
                .validationFailed,
                errors: [.init(pointer: "/variant_id", code: "required", message: "variant_id is required")])
        }
        let client = dependencies.pool.reads
        let store = StockStore(client: client)
        guard let variant = VariantID(text), try await store.foreign([variant], to: seller, in: client).isEmpty else {
            throw Problem(.notFound)
        }
        let list = ListIdentity(route: Self.path, sort: "-created_at", filters: [("variant", "\(variant)")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await store.movements(
            of: variant, before: try asked.after.map(Self.position), limit: asked.limit + 1, in: client)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.createdAt.microseconds), .number($0.id)])
        }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> (at: Timestamp, id: Int64) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), id)
    }
}

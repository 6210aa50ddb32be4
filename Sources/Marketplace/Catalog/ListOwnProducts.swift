// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/sellers/products/`: a page of the products of the caller's seller, each variant with its units.
///
/// - Errors: 400 `invalid-cursor`, 422 for a filter's value that is none.
/// - Cost: two statements.
struct ListOwnProducts: Sendable {
    static let path = "/api/sellers/products/"
    static let parameters = Pages.parameters + ProductListFilter.parameters + ["stock"]

    let dependencies: ProductsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        var filter = try ProductListFilter.read(query)
        filter.stock = try query.word("stock", of: ProductListFilter.Stock.allCases.map(\.rawValue))
            .flatMap { ProductListFilter.Stock(rawValue: $0) }
        for name in Pages.parameters { _ = try query.text(name) }
        let seller = try await dependencies.seller(of: caller, mustBeActive: false).seller
        filter.seller = seller
        return try await ProductPage(dependencies: dependencies, path: Self.path).response(
            to: request, filter, owner: "\(seller)")
    }
}

/// A page of product summaries.
struct ProductPage: Sendable {
    let dependencies: ProductsDependencies
    let path: String

    func response(to request: RequestContext, _ filter: ProductListFilter, owner: String) async throws -> HTTPResponse {
        let list = filter.identity(path, owner: owner)
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let store = dependencies.reads
        let rows = try await store.summaries(
            filter, after: try asked.after.map(Self.position), limit: asked.limit)
        let items = try await store.filled(rows, limit: asked.limit)
        var json = JSONWriter(capacity: 256 + items.count * 1024)
        json.object { json in
            json.array("data") { json in
                for item in items { item.write(to: &json) }
            }
            let next =
                items.count < rows.count ? items.last.map { dependencies.cursors.encode($0.cursor, in: list) } : nil
            json.object("page") { json in
                json.field("limit", asked.limit)
                json.field("next_cursor", next)
                json.field("has_more", next != nil)
            }
        }
        return HTTPResponse(.ok, body: json.bytes)
    }

    private static func position(_ cursor: PageCursor) throws -> (createdAt: Timestamp, id: ProductID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), ProductID(rawValue: id))
    }
}

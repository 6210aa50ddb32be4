// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/products/list/`: a page of the products that can be bought; from memory where it is there, never where it is at a
/// company's prices.
///
/// - Errors: 404 for a category or seller that does not exist, 400 `invalid-cursor`, 422 for an unknown sort or inclusion; with
///   `company_id` 401 without a token, 404 for a company that the caller may not buy for.
/// - Cost: one statement for the page; one more for the count, or to tell an unknown seller from one without products; one for a
///   company's prices.
struct ListProducts: Sendable {
    static let path = "/api/products/list/"
    static let parameters = Pages.parameters + ["category_id", "seller_id", "sort", "include", CompanyShelf.parameter]

    let store: CatalogStore
    let categories: CategoryCache
    let cursors: CursorCodec
    let memory: CatalogMemory
    /// nil where nothing is shown at prices of a company's own.
    let companies: CompanyShelf?

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        if let buyer = try await companies.buyer(of: request) {
            var page = try await find(request)
            page.items = try await buyer.priced(page.items)
            return CompanyShelf.response(page.body(), to: request)
        }
        guard let key = CatalogMemory.Key(page: request) else { return try await read(request).response(to: request) }
        return try await memory.answer(key) { try await self.read(request) }.response(to: request)
    }

    private func read(_ request: RequestContext) async throws -> CatalogAnswer {
        let page = try await find(request)
        return CatalogAnswer(page.body(), shown: .init(pageOf: page.items))
    }

    private func find(_ request: RequestContext) async throws -> CardPage<ProductCard> {
        let query = CatalogQuery(request)
        let sort = try CardPages.sort(query)
        let wantsCount = try CardPages.wantsCount(query)
        let asked = try await FilterParameters(request, others: Self.parameters, categories: categories)
        let filter = asked.filter
        let list = ListIdentity(route: Self.path, sort: sort.rawValue, filters: asked.identity)
        let page = try CardPages.page(request, query, in: list, cursors)
        let after = try page.after.map(CardPages.position)

        let cards = try await store.products(filter, sort: sort, after: after, limit: page.limit)
        var count: BoundedCount?
        if cards.isEmpty, after == nil {
            if let seller = filter.seller, !(try await store.sellerExists(seller)) { throw Problem(.notFound) }
            count = wantsCount ? BoundedCount(0) : nil
        } else if wantsCount {
            count = try await store.productCount(filter)
        }
        return CardPage(items: cards, limit: page.limit, count: count) {
            $0.jsonBytes(capacity: 768)
        } cursor: {
            cursors.encode(sort.cursor(of: $0), in: list)
        }
    }
}

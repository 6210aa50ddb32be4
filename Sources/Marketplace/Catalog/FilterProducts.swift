// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/products/filter/`: a page of the products that are as asked for, and what else could be asked for.
///
/// Several values of one facet are alternatives; different facets hold together, those of variants (options, prices, stock) within
/// one variant. A facet's counts ignore what is chosen of it, so that they say what choosing another value would bring.
///
/// - Errors: 404 for a category or seller that does not exist, 400 `invalid-cursor`, `unknown-parameter`, 422, 503 `overloaded` where
///   too many filter or one takes too long; with `company_id` 401 without a token, 404 for a company that the caller may not buy for.
/// - Cost: one statement for the page, one for the facets, which all pages of a filter share; one for the count where it is asked
///   for, one for a company's prices.
struct FilterProducts: Sendable {
    static let path = "/api/products/filter/"
    static let parameters = Pages.parameters + ["sort", "include", CompanyShelf.parameter]

    let store: CatalogStore
    let categories: CategoryCache
    let cursors: CursorCodec
    let memory: CatalogMemory
    let seats: CatalogSeats
    /// nil where nothing is shown at prices of a company's own.
    let companies: CompanyShelf?

    /// What was found, before it is written.
    private struct Found {
        var page: CardPage<ProductCard>
        /// The facets are everybody's, from memory where they are there.
        let facets: CatalogAnswer
        let facetsAsOf: UInt64
        let filter: ProductFilter

        var body: [UInt8] {
            page.body { json in
                json.field("facets", raw: facets.body)
                if facets.isPartial { json.field("facets_are_partial", true) }
            }
        }
    }

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        if let buyer = try await companies.buyer(of: request) {
            var found = try await find(request)
            found.page.items = try await buyer.priced(found.page.items)
            return CompanyShelf.response(found.body, to: request)
        }
        guard let key = CatalogMemory.Key(page: request) else { return try await read(request).response(to: request) }
        return try await memory.answer(key) { try await self.read(request) }.response(to: request)
    }

    private func read(_ request: RequestContext) async throws -> CatalogAnswer {
        let found = try await find(request)
        return CatalogAnswer(
            found.body, partsSince: found.facetsAsOf,
            shown: .init(pageOf: found.page.items, followsAllStock: found.filter.isInStock))
    }

    private func find(_ request: RequestContext) async throws -> Found {
        let query = CatalogQuery(request)
        let sort = try CardPages.sort(query)
        let wantsCount = try CardPages.wantsCount(query)
        let asked = try await FilterParameters(request, others: Self.parameters, categories: categories)
        let filter = asked.filter
        let list = ListIdentity(route: Self.path, sort: sort.rawValue, filters: asked.identity)
        let page = try CardPages.page(request, query, in: list, cursors)
        let after = try page.after.map(CardPages.position)

        let cards = try await seats.seated {
            try await store.products(filtered: filter, sort: sort, after: after, limit: page.limit)
        }
        if cards.isEmpty, after == nil, let seller = filter.seller, !(try await store.sellerExists(seller)) {
            throw Problem(.notFound)
        }
        let count = wantsCount ? try await count(filter, isEmpty: cards.isEmpty && after == nil) : nil
        let (facets, facetsAsOf) = try await memory.dated(CatalogMemory.Key(facetsOf: asked.identity)) {
            try await self.facets(filter)
        }
        let shown = CardPage(items: cards, limit: page.limit, count: count) {
            $0.jsonBytes(capacity: 768)
        } cursor: {
            cursors.encode(sort.cursor(of: $0), in: list)
        }
        return Found(page: shown, facets: facets, facetsAsOf: facetsAsOf, filter: filter)
    }

    /// How many products the filter holds; what has no first page has none.
    private func count(_ filter: ProductFilter, isEmpty: Bool) async throws -> BoundedCount {
        if isEmpty { return BoundedCount(0) }
        return try await seats.seated { try await store.productCount(filtered: filter) }
    }

    /// The facets as a JSON array.
    private func facets(_ filter: ProductFilter) async throws -> CatalogAnswer {
        let (counted, isPartial) = try await seats.seated { try await store.facets(filter) }
        var json = JSONWriter(capacity: 4096)
        json.array { json in
            for facet in Self.withChosen(filter.selections, counted) {
                json.object { json in
                    json.field("name", facet.name)
                    json.array("values") { json in
                        for value in facet.values {
                            json.object { json in
                                json.field("value", value.value)
                                json.field("count", value.count)
                            }
                        }
                    }
                }
            }
        }
        return CatalogAnswer(
            json.bytes, isPartial: isPartial, shown: .init(followsAllStock: filter.isInStock))
    }

    /// What is chosen is shown, even where no product has it.
    static func withChosen(_ selections: [FacetSelection], _ counted: [FacetCounts]) -> [FacetCounts] {
        var facets = counted
        for selection in selections {
            let name = selection.facet.name
            let place = facets.firstIndex { $0.name == name } ?? facets.count
            if place == facets.count { facets.append(FacetCounts(name: name, values: [])) }
            for value in selection.values where !facets[place].values.contains(where: { $0.value == value }) {
                facets[place].values.append(.init(value: value, count: 0))
            }
        }
        return facets
    }
}

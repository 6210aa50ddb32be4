// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketHTTP
import Postgres
public import UVRuntime

/// The catalogue's endpoints, for the connections of one loop.
///
/// | method and path | who | what |
/// |---|---|---|
/// | GET /api/categories/list/ | anybody | ``ListCategories`` |
/// | GET /api/products/list/ | anybody | ``ListProducts`` |
/// | GET /api/products/detail/ | anybody | ``GetProduct`` |
/// | GET /api/products/search/ | anybody | ``SearchProducts`` |
/// | GET /api/products/filter/ | anybody | ``FilterProducts`` |
///
/// What is in memory is answered at once, without a task; everything else, and whoever sends a token, by the handlers.
///
/// - Parameters:
///   - store: over the loop's own client.
///   - memory: of the loop.
///   - clock: the loop's clock.
///   - cursors: signs the positions in lists.
///   - companies: nil where nothing is shown at prices of a company's own.
///   - limiter: nil where nobody is slowed down.
public func catalogRoutes(
    store: CatalogStore, memory: CatalogMemory, clock: any LoopClock, cursors: CursorCodec,
    companies: CompanyShelf? = nil, limiter: RateLimiter? = nil
) -> [Route] {
    let categories = memory.categories(clock: clock) { try await store.categories() }
    let listCategories = ListCategories(categories: categories)
    let listProducts = ListProducts(
        store: store, categories: categories, cursors: cursors, memory: memory, companies: companies)
    let seats = CatalogSeats(executor: memory.executor)
    let search = SearchProducts(
        store: store, categories: categories, cursors: cursors, memory: memory, seats: seats, companies: companies)
    let filter = FilterProducts(
        store: store, categories: categories, cursors: cursors, memory: memory, seats: seats, companies: companies)
    let getProduct = GetProduct(store: store, memory: memory, companies: companies)
    let prompt = PromptCatalog(memory: memory, limiter: limiter)
    return [
        Route(.get, "/api/categories/list/", name: "categories.list", query: ListCategories.parameters) {
            try await listCategories.run($0)
        }.described(as: ListCategories.description),
        Route(.get, ListProducts.path, name: "products.list", query: ListProducts.parameters) {
            try await listProducts.run($0)
        }.described(as: ListProducts.description).answered { prompt.answer($0, CatalogMemory.Key(page: $0)) },
        Route(.get, "/api/products/detail/", name: "products.detail", query: GetProduct.parameters) {
            try await getProduct.run($0)
        }.described(as: GetProduct.description).answered { prompt.answer($0, GetProduct.key(of: $0)) },
        // Attributes and options have any name: these two refuse unknown parameters themselves.
        Route(.get, SearchProducts.path, name: "products.search", query: nil) { try await search.run($0) }
            .described(as: SearchProducts.description).answered { prompt.answer($0, CatalogMemory.Key(page: $0)) },
        Route(.get, FilterProducts.path, name: "products.filter", query: nil) { try await filter.run($0) }
            .described(as: FilterProducts.description).answered { prompt.answer($0, CatalogMemory.Key(page: $0)) },
    ]
}

/// Answers from memory what needs nothing else.
struct PromptCatalog: Sendable {
    let memory: CatalogMemory
    let limiter: RateLimiter?

    /// The answer; nil where it is not there, or somebody has to be asked before it may be given.
    func answer(_ request: RequestContext, _ key: CatalogMemory.Key?) -> HTTPResponse? {
        guard let key, request.headerBytes("Authorization") == nil, request.headerBytes(APIVersions.header) == nil,
            let answer = memory.assumeIsolated({ $0.remembered(key) })
        else { return nil }
        guard let limiter else { return answer.response(to: request) }
        guard let fields = limiter.admitAtOnce(request) else { return nil }
        var response = answer.response(to: request)
        response.headers += fields
        return response
    }
}

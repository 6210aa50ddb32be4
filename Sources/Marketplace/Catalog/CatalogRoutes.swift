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
///
/// - Parameters:
///   - store: over the loop's own client.
///   - executor: the loop, which also runs the memory of the categories.
///   - clock: the loop's clock.
///   - cursors: signs the positions in lists.
public func catalogRoutes(
    store: CatalogStore, executor: LoopExecutor, clock: any LoopClock, cursors: CursorCodec
) -> [Route] {
    let categories = CategoryCache(executor: executor, clock: clock) { try await store.categories() }
    let listCategories = ListCategories(categories: categories)
    let listProducts = ListProducts(store: store, categories: categories, cursors: cursors)
    let getProduct = GetProduct(store: store)
    return [
        Route(.get, "/api/categories/list/", name: "categories.list", query: ListCategories.parameters) {
            try await listCategories.run($0)
        }.described(as: ListCategories.description),
        Route(.get, ListProducts.path, name: "products.list", query: ListProducts.parameters) {
            try await listProducts.run($0)
        }.described(as: ListProducts.description),
        Route(.get, "/api/products/detail/", name: "products.detail", query: GetProduct.parameters) {
            try await getProduct.run($0)
        }.described(as: GetProduct.description),
    ]
}

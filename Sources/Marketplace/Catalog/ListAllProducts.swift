// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/products/`: a page of the products of all sellers.
///
/// - Errors: 400 `invalid-cursor`, 404 for a seller or category of the wrong form, 422 for another filter's value that is none.
/// - Cost: two statements.
struct ListAllProducts: Sendable {
    static let path = "/api/admin/products/"
    static let parameters = Pages.parameters + ProductListFilter.parameters + ["seller_id", "category_id"]

    let dependencies: ProductsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        var filter = try ProductListFilter.read(query)
        if let text = try query.text("seller_id") {
            guard let seller = SellerID(text) else { throw Problem(.notFound) }
            filter.seller = seller
        }
        if let text = try query.text("category_id") {
            guard let category = CategoryID(text) else { throw Problem(.notFound) }
            filter.category = category
        }
        for name in Pages.parameters { _ = try query.text(name) }
        return try await ProductPage(dependencies: dependencies, path: Self.path).response(
            to: request, filter, owner: "admin")
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/products/detail/`: one product by `id` or `slug`, with its variants.
///
/// - Errors: 404 for a product that does not exist or is not for sale, 422 unless exactly one of the parameters is sent.
/// - Cost: two statements by key.
struct GetProduct: Sendable {
    static let parameters = ["id", "slug"]
    /// As the schema has it.
    static let slugCountMax = 200

    let store: CatalogStore

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        let product: Product?
        switch (try query.text("id"), try query.text("slug")) {
        case (let text?, nil):
            guard let id = ProductID(text) else { throw Problem(.notFound) }
            product = try await store.product(id)
        case (nil, let slug?):
            guard slug.unicodeScalars.count <= Self.slugCountMax else { throw Problem(.notFound) }
            product = try await store.product(slug: slug)
        case (nil, nil):
            throw CatalogQuery.invalid("id", "id or slug is required")
        case (.some, .some):
            throw CatalogQuery.invalid("slug", "send either id or slug")
        }
        guard let product else { throw Problem(.notFound) }
        let body = product.json(variants: try await store.variants(of: product.card.id))
        // The version alone would not do: stock and prices of variants change without it.
        return CatalogCaching.response(
            body, tag: EntityTag(contentOf: body, prefix: "v\(product.version)-"), to: request)
    }
}

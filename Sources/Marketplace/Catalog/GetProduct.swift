// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/products/detail/`: one product by `id` or `slug`, with its variants; from memory where it is there.
///
/// - Errors: 404 for a product that does not exist or is not for sale, 422 unless exactly one of the parameters is sent.
/// - Cost: two statements by key, once for all who ask meanwhile; none from memory.
struct GetProduct: Sendable {
    static let parameters = ["id", "slug", CompanyShelf.parameter]
    /// As the schema has it.
    static let slugCountMax = 200

    let store: CatalogStore
    let memory: CatalogMemory
    /// nil where nothing is shown at prices of a company's own.
    var companies: CompanyShelf?

    /// Which product is asked for.
    enum Name {
        case id(ProductID)
        case slug(String)
    }

    func run(_ request: RequestContext) async throws -> HTTPResponse {
        let name = try name(request)
        if let companies {
            if let company = try await companies.company(of: request) {
                return try await companies.response(try await read(name), for: company, to: request)
            }
        } else if try CatalogQuery(request).text(CompanyShelf.parameter) != nil {
            throw Problem(.notFound)
        }
        let answer =
            switch name {
            case .id(let id): try await memory.answer(.product(id)) { try await self.read(name).answer }
            case .slug(let slug): try await memory.answer(.slug(slug)) { try await self.read(name).answer }
            }
        return answer.response(to: request)
    }

    /// The key of a request as most of them are: one parameter. Whatever else it holds is `run`'s to judge.
    static func key(of request: RequestContext) -> CatalogMemory.Key? {
        guard request.query.pairs.count == 1, let pair = request.query.pairs.first else { return nil }
        if pair.name == "id" { return ProductID(pair.value).map { .product($0) } }
        return pair.name == "slug" ? .slug(pair.value) : nil
    }

    /// The product as the shop sells it to everybody: what prices of a company's own begin with.
    func read(_ name: Name) async throws -> ProductDetail {
        let product =
            switch name {
            case .id(let id): try await store.product(id)
            case .slug(let slug): try await store.product(slug: slug)
            }
        guard let product else { throw Problem(.notFound) }
        return ProductDetail(product: product, variants: try await store.variants(of: product.card.id))
    }

    func name(_ request: RequestContext) throws -> Name {
        let query = CatalogQuery(request)
        switch (try query.text("id"), try query.text("slug")) {
        case (let text?, nil):
            guard let id = ProductID(text) else { throw Problem(.notFound) }
            return .id(id)
        case (nil, let slug?):
            guard slug.unicodeScalars.count <= Self.slugCountMax else { throw Problem(.notFound) }
            return .slug(slug)
        case (nil, nil):
            throw CatalogQuery.invalid("id", "id or slug is required")
        case (.some, .some):
            throw CatalogQuery.invalid("slug", "send either id or slug")
        }
    }
}

/// A product and its variants, read at one time.
struct ProductDetail: Sendable {
    let product: Product
    let variants: [Variant]

    /// The version alone would not do as a tag: stock and prices of variants change without it.
    var tagPrefix: String { "v\(product.version)-" }

    var answer: CatalogAnswer {
        let card = product.card
        return CatalogAnswer(
            product.json(variants: variants), tagPrefix: tagPrefix,
            shown: .init(
                product: card.id, seller: card.seller.id, slug: card.slug, variants: card.variants.sorted()))
    }
}

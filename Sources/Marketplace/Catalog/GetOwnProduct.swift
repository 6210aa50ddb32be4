// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/sellers/products/detail/`: a product of the caller's seller with what waits for a decision, its units, and its
/// archived variants.
///
/// - Errors: 404 for what is not the seller's.
/// - Cost: three statements by key.
struct GetOwnProduct: Sendable {
    static let parameters = ["id"]

    let dependencies: ProductsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        let standing = try await dependencies.seller(of: caller, mustBeActive: false)
        guard let text = try query.text("id") else { throw CatalogQuery.invalid("id", "is required") }
        guard let id = ProductID(text), let product = try await dependencies.reads.product(id, of: standing.seller)
        else { throw Problem(.notFound) }
        var json = JSONWriter(capacity: 2048 + product.variants.count * 512)
        json.object { json in
            product.writeMembers(to: &json, variants: product.variants)
            product.writeRevision(to: &json)
        }
        return HTTPResponse(.ok, headers: [EntityTag(version: product.version).header], body: json.bytes)
    }
}

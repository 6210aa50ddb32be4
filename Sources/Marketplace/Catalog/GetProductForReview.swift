// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/products/detail/`: a product with the revision that waits as differences, its history, and what a reviewer
/// should see at once.
///
/// - Errors: 404.
/// - Cost: four statements by key.
struct GetProductForReview: Sendable {
    static let parameters = ["id"]
    /// What may stand in `flags`.
    static let flags = ["no_images", "never_approved", "resubmitted", "variants_waiting"]

    let dependencies: ProductsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        guard let text = try query.text("id") else { throw CatalogQuery.invalid("id", "is required") }
        let store = dependencies.reads
        guard let id = ProductID(text), let product = try await store.product(id) else { throw Problem(.notFound) }
        let history = try await store.history(of: id)
        var json = JSONWriter(capacity: 4096 + product.variants.count * 512)
        json.object { json in
            product.writeMembers(to: &json, variants: product.variants)
            product.writeRevision(to: &json)
            json.array("history") { json in
                for entry in history { entry.write(to: &json) }
            }
            json.array("flags") { json in
                for flag in Self.flags(of: product, history) { json.value(flag) }
            }
        }
        return HTTPResponse(.ok, headers: [EntityTag(version: product.version).header], body: json.bytes)
    }

    private static func flags(of product: OwnedProduct, _ history: [ProductHistoryEntry]) -> [String] {
        var flags: [String] = []
        if product.proposal.fields.images == Array("[]".utf8) { flags.append("no_images") }
        if !product.moderation.isLive { flags.append("never_approved") }
        if product.open != nil, history.contains(where: { $0.event == "reject" }) { flags.append("resubmitted") }
        if product.variants.contains(where: { $0.status == .waiting }) { flags.append("variants_waiting") }
        return flags
    }
}

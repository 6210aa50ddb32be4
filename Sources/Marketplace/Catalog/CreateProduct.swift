// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/products/create/`: a draft of the caller's seller, with its variants and their first units.
///
/// - Errors: 403 `seller-not-active`; 404 for a category or image that does not exist; 422 with every rule that is broken, a SKU
///   that the seller has already among them.
struct CreateProduct: Sendable {
    let dependencies: ProductsDependencies

    private struct Work: Sendable {
        let standing: SellerStanding
        let edit: ProductEdit
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let ids = dependencies.ids
        return try await dependencies.write(request, by: caller) {
            Work(
                standing: try await dependencies.seller(of: caller, mustBeActive: true),
                edit: try request.json { try ProductEdit.read(&$0, isNew: true) })
        } _: { act, writing, work in
            let (store, edit) = (act.store, work.edit)
            try await store.checkNames(edit)
            let images = try await store.images(edit.images, insteadOf: [], of: work.standing.seller)
            let change = try ProductChange(
                edit, to: blank(edit, work.standing.seller), images: images, newID: { ids.next() })
            return try await writing.create(change, act).response(.created)
        }
    }

    /// The product before anything is said of it.
    private func blank(_ edit: ProductEdit, _ seller: SellerID) -> OwnedProduct {
        let now = dependencies.clock.now()
        return OwnedProduct(
            id: dependencies.ids.next(), seller: SellerCard(id: seller, name: "", rating: Rating(count: 0, sum: 0)),
            slug: "", currency: .inr, rating: Rating(count: 0, sum: 0), badges: [], createdAt: now, updatedAt: now,
            version: 1, revision: 0, eventSequence: 0, listing: .draft, moderation: .draft, moderationReason: nil,
            fields: ReviewedFields(
                title: "", description: "", category: CategoryID(rawValue: 0), brand: nil,
                attributes: Array("{}".utf8), hsnCode: "", gstRate: 0, options: [], images: Array("[]".utf8)),
            returnPolicy: Array(#"{"days":7,"returnable":true}"#.utf8), variants: [], open: nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The one way in which what a seller wants a product to be becomes that product, for requests and for rows of tables.
extension ProductWriting {
    /// Makes a draft of an edit that says all that a product needs.
    ///
    /// - Throws: `Problem` 404 for a category or picture that does not exist; 422 with every rule that is broken.
    func create(
        _ edit: ProductEdit, of seller: SellerID, at now: Timestamp, _ act: ProductAct
    ) async throws -> OwnedProduct {
        let (store, ids) = (act.store, ids)
        try await store.checkNames(edit)
        let images = try await store.images(edit.images, insteadOf: [], of: seller)
        let blank = OwnedProduct.blank(ids.next(), of: seller, at: now)
        return try await create(try ProductChange(edit, to: blank, images: images, newID: { ids.next() }), act)
    }

    /// Applies an edit to a product that is locked; where it changes nothing, nothing is written.
    ///
    /// - Throws: `Problem` 409 `illegal-transition` for an archived product; 404 for what the edit names and does not exist; 422.
    func apply(
        _ edit: ProductEdit, to before: OwnedProduct, isTrusted: Bool, _ act: ProductAct
    ) async throws -> OwnedProduct {
        let (store, ids) = (act.store, ids)
        guard before.listing != .archived else { throw ProductReview(before).illegal }
        try await store.checkNames(edit)
        let images = try await store.images(edit.images, insteadOf: before.imagesInUse, of: before.seller.id)
        let change = try ProductChange(edit, to: before, images: images, newID: { ids.next() })
        var review = ProductReview(change.product)
        try review.propose(change.proposal, replacing: before, by: act.user, isTrusted: isTrusted)
        guard review.product != before || !review.moves.isEmpty else { return before }
        return try await update(change, review, from: before, act)
    }
}

extension OwnedProduct {
    /// A product before anything is said of it.
    fileprivate static func blank(_ id: ProductID, of seller: SellerID, at now: Timestamp) -> OwnedProduct {
        OwnedProduct(
            id: id, seller: SellerCard(id: seller, name: "", rating: Rating(count: 0, sum: 0)), slug: "",
            currency: .inr, rating: Rating(count: 0, sum: 0), badges: [], createdAt: now, updatedAt: now, version: 1,
            revision: 0, eventSequence: 0, listing: .draft, moderation: .draft, moderationReason: nil,
            fields: ReviewedFields(
                title: "", description: "", category: CategoryID(rawValue: 0), brand: nil,
                attributes: Array("{}".utf8), hsnCode: "", gstRate: 0, options: [], images: Array("[]".utf8)),
            returnPolicy: Array(#"{"days":7,"returnable":true}"#.utf8), variants: [], open: nil)
    }
}

extension ProductStore {
    /// Refuses an edit that names a category that does not exist.
    fileprivate func checkNames(_ edit: ProductEdit) async throws {
        guard let category = edit.category else { return }
        guard try await keepsCategory(category) else {
            throw ProductEdit.unknown("/category_id", "there is no such category")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// Writes products inside the transaction of a request, and remembers whom to tell after its commit.
///
/// - Isolation: one for each call; used on the loop of its transaction.
final class ProductWriting: Sendable {
    let ids: IDGenerator
    private let news = Mutex<[ProductNews]>([])

    init(ids: IDGenerator) {
        self.ids = ids
    }

    /// What has changed, once the transaction is committed.
    var changed: [ProductNews] { news.withLock { $0 } }

    /// Forgets what an attempt has written that was rolled back.
    func begin() {
        news.withLock { $0 = [] }
    }

    /// Stores a new product with its variants and their first units.
    func create(
        _ change: ProductChange, _ act: ProductAct
    ) async throws -> OwnedProduct {
        let product = change.product
        let store = act.store
        let slugs = ProductSlug.candidates(title: product.fields.title, product: product.id)
        guard try await store.insert(product, slugs: slugs) else {
            throw Problem(.dependencyUnavailable, detail: "No address is free.", headers: [.retryAfter(seconds: 1)])
        }
        try await store.use(product.imagesInUse, insteadOf: [], of: product.id)
        let stock = try await add(change, placed: product, act)
        let made = try await stored(product.id, from: nil, stock, in: store)
        try await act.audit("product.created", made, from: nil)
        return made
    }

    /// Stores an edit, and what the review makes of it.
    ///
    /// - Parameter before: the product as it was locked.
    func update(
        _ change: ProductChange, _ review: ProductReview, from before: OwnedProduct, _ act: ProductAct
    ) async throws -> OwnedProduct {
        try await write(review, from: before, act)
        let stock = try await add(change, placed: review.product, act)
        let product = try await stored(before.id, from: before, stock, in: act.store)
        if review.moves.isEmpty { try await act.audit("product.updated", product, from: before) }
        return product
    }

    /// Stores what a review has done to a product.
    func save(
        _ review: ProductReview, from before: OwnedProduct, _ act: ProductAct
    ) async throws -> OwnedProduct {
        try await write(review, from: before, act)
        return try await stored(before.id, from: before, [], in: act.store)
    }

    /// The product's row before its variants: what changes its visibility locks all of its stock rows at once, in order.
    private func write(
        _ review: ProductReview, from before: OwnedProduct, _ act: ProductAct
    ) async throws {
        let store = act.store
        var product = review.product
        try await checkCategory(of: product, from: before, in: store)
        product.eventSequence = before.eventSequence + Int32(review.moves.count)
        try await store.update(product)
        let known = Dictionary(before.variants.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        try await store.update(
            product.variants.filter { known[$0.id] != nil && known[$0.id] != $0 }, of: product.id)
        try await store.use(product.imagesInUse, insteadOf: before.imagesInUse, of: product.id)
        try await store.write(review.revisions, of: product)
        try await store.append(review.moves, of: product, after: before.eventSequence, requestID: act.requestID)
        product.version += 1
        for move in review.moves {
            try await act.audit(
                move.announcedAs, product, from: before, reason: move.note, isOurs: move.actor == nil)
        }
    }

    /// A category may have been deleted while a revision with it waited: no product is in it yet that would keep it.
    private func checkCategory(
        of product: OwnedProduct, from before: OwnedProduct, in store: ProductStore
    ) async throws {
        let category = product.fields.category
        guard category != before.fields.category else { return }
        guard try await store.keepsCategory(category) else {
            throw Problem(
                .validationFailed, detail: "The category that the product would come into does not exist any more.",
                errors: [.init(pointer: "/category_id", code: "not-found", message: "there is no such category")])
        }
    }

    private func add(
        _ change: ProductChange, placed product: OwnedProduct, _ act: ProductAct
    ) async throws -> [StockRow] {
        let store = act.store
        let places = Dictionary(change.added.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let new = product.variants.filter { places[$0.id] != nil }
        let inserted = try await store.insert(new, of: product)
        let taken = change.added.filter { !inserted.contains($0.id) }
        guard taken.isEmpty else {
            throw Problem(
                .validationFailed,
                errors: taken.map {
                    .init(
                        pointer: "/variants/\($0.index)/sku", code: "sku-taken",
                        message: "another variant of yours has this SKU")
                })
        }
        let units = change.added.filter { $0.stock > 0 }
        return try await store.fill(
            units.map { (variant: $0.id, units: $0.stock, movement: ids.nextRawValue()) }, by: act.user)
    }

    private func stored(
        _ id: ProductID, from before: OwnedProduct?, _ stock: [StockRow], in store: ProductStore
    ) async throws -> OwnedProduct {
        guard let product = try await store.product(id) else { throw Problem(.notFound) }
        let isSeen = product.isShown || before?.isShown == true
        news.withLock {
            $0.append(
                ProductNews(product: id, variants: product.variants.map(\.id), stock: stock, isSeen: isSeen))
        }
        return product
    }
}

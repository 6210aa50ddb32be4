// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the wishlists' endpoints are made of.
public struct WishlistDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let cursors: CursorCodec
    /// The offers of variants that exist, a few seconds old at most.
    let offers: @Sendable ([VariantID]) async throws -> [VariantID: Offer]

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, cursors: CursorCodec,
        offers: @escaping @Sendable ([VariantID]) async throws -> [VariantID: Offer]
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.cursors = cursors
        self.offers = offers
    }
}

/// The endpoints of the caller's wishlist.
public func wishlistRoutes(_ dependencies: WishlistDependencies) -> [Route] {
    let gate = dependencies.gate
    let read = ReadWishlist(dependencies: dependencies)
    let add = AddToWishlist(dependencies: dependencies)
    let remove = RemoveFromWishlist(dependencies: dependencies)
    return [
        gate.route(.get, ReadWishlist.path, name: "wishlist.get", role: .customer, query: Pages.parametersAndSort) {
            try await read.handle($0, $1)
        }.described(as: ReadWishlist.description),
        gate.route(.post, "/api/wishlist/add/", name: "wishlist.add", role: .customer, idempotency: .accepted) {
            try await add.handle($0, $1)
        }.described(as: AddToWishlist.description),
        gate.route(.post, "/api/wishlist/remove/", name: "wishlist.remove", role: .customer, idempotency: .accepted) {
            try await remove.handle($0, $1)
        }.described(as: RemoveFromWishlist.description),
    ]
}

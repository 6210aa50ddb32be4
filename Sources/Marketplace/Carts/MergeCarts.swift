// SPDX-License-Identifier: Apache-2.0
import Actors
public import MarketCore
public import Postgres

/// Takes the cart that a client filled before it logged in over into the account's cart, in the transaction of the log-in: both are
/// committed, or neither is. Repeating it changes nothing.
public struct MergeCarts: Sendable {
    /// What variants are offered for, to a company where one is named, as the transaction sees it: a second connection is not
    /// waited for while one is held.
    public typealias Offers =
        @Sendable ([VariantID], CompanyID?, PostgresTransaction) async throws -> [VariantID: Offer]

    private let dependencies: CartsDependencies
    private let offers: Offers

    /// Works on the carts of these endpoints.
    public init(_ dependencies: CartsDependencies, offers: @escaping Offers) {
        self.dependencies = dependencies
        self.offers = offers
    }

    /// Merges. Changes of either cart wait for the end of the transaction, or are refused for their version and made again; no actor is
    /// waited for while the transaction's connection is held.
    ///
    /// - Returns: the carts that were written, whose memories are to be renewed once the transaction has ended, however it did; none
    ///   where nothing moved.
    /// - Throws: `JournalError`, what the database throws: the transaction cannot be committed then.
    /// - Cost: up to eight statements; both carts are locked until the transaction ends.
    public func run(
        _ client: Hash32, into user: UserID, in transaction: PostgresTransaction
    ) async throws -> [CartID] {
        let ids = dependencies.ids
        let store = CartMergeStore(transaction: transaction)
        guard let old = try await store.locked(.token(client), .user(user), newID: ids.next()) else { return [] }
        let variants = Set((old.guest.lines + old.account.lines).map(\.variant))
        let known = try await offers(Array(variants), old.account.company, transaction)
        guard
            let new = CartRules.merging(old.guest, into: old.account, offers: known, now: dependencies.clock.now())
        else { return [] }
        try await store.save(CartWrite(number: ids.nextRawValue(), from: old.guest, to: new.guest))
        try await store.save(CartWrite(number: ids.nextRawValue(), from: old.account, to: new.account))
        return [old.guest.id, old.account.id]
    }
}

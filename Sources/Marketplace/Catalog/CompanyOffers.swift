// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What carts and orders price by: everybody's offers from memory, those of a company as they are committed.
///
/// What a company pays is looked up for each of its requests: there are few of them, and an agreed price that was remembered
/// beside a newer offer would pass the judgement of the order that it is too old for.
public struct CompanyOffers: Sendable {
    private let everybody: OfferCache
    private let store: CatalogStore

    /// - Parameter store: reads from the primary: an old replica would name prices that the order is refused for.
    public init(everybody: OfferCache, store: CatalogStore) {
        self.everybody = everybody
        self.store = store
    }

    /// The offers of the variants that exist, for a company where one is named.
    ///
    /// - Throws: what the look-up throws; `MailboxError.overloaded` when too many wait.
    public func offers(_ variants: [VariantID], for company: CompanyID?) async throws -> [VariantID: Offer] {
        guard let company else { return try await everybody.offers(variants) }
        guard !variants.isEmpty else { return [:] }
        let offers = try await store.offers(variants, for: company)
        return Dictionary(offers.map { ($0.variant, $0) }) { first, _ in first }
    }

    /// The same as a transaction sees it, past every memory.
    public static func committed(
        _ variants: [VariantID], for company: CompanyID?, in transaction: PostgresTransaction
    ) async throws -> [VariantID: Offer] {
        guard !variants.isEmpty else { return [:] }
        let store = CatalogStore(client: transaction)
        var offers: [Offer] = []
        if let company {
            offers = try await store.offers(variants, for: company)
        } else {
            offers = try await store.offers(variants)
        }
        return Dictionary(offers.map { ($0.variant, $0) }) { first, _ in first }
    }

    /// What the products of these cards cost a company; nil where the user may not buy for it.
    ///
    /// - Cost: one statement.
    func ownPrices(
        of cards: [ProductCard], by user: UserID, for company: CompanyID
    ) async throws -> [ProductID: OwnPrice]? {
        try await store.ownPrices(of: cards, by: user, for: company)
    }
}

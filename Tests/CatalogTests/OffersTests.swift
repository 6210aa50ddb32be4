// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

/// Which variants carts, orders and wishlists are told of at all.
@Suite(.timeLimit(.minutes(5))) struct OffersTests {
    private static let variant = VariantID(rawValue: 20)

    private static func with(_ body: @escaping @Sendable (RoutesFixture, CatalogStore) async throws -> Void)
        async throws
    {
        try await SellerFixture.with { fixture in
            catalogRoutes(
                store: CatalogStore(client: fixture.base.pool),
                memory: CatalogMemory(executor: fixture.base.loop, clock: fixture.base.loop),
                clock: fixture.base.loop, cursors: fixture.base.cursors)
        } _: { shop in
            try await body(shop.base, CatalogStore(client: shop.base.pool))
        }
    }

    /// `yes`, `no` for what cannot be bought now, `-` for what is as unknown as what does not exist; everybody's and a company's.
    private static func offered(_ store: CatalogStore) async throws -> String {
        let everybody = try await store.offers([variant]).first
        let company = try await store.offers([variant], for: CompanyID(rawValue: 1)).first
        #expect(everybody?.sellable == company?.sellable)
        return everybody.map { $0.sellable ? "yes" : "no" } ?? "-"
    }

    @Test(arguments: [
        ("moderation = 'draft'", "-"), ("moderation = 'pending_review'", "-"), ("moderation = 'rejected'", "-"),
        ("moderation = 'pending_review_changes'", "yes"), ("status = 'unlisted'", "no"), ("status = 'archived'", "-"),
    ]) func nobodyHearsOfWhatWasNeverApproved(_ change: String, _ expected: String) async throws {
        try await Self.with { base, store in
            #expect(try await Self.offered(store) == "yes")
            try await base.script("update catalog.products set \(change) where id = 2")
            #expect(try await Self.offered(store) == expected)
        }
    }

    @Test func norOfVariantsThatWaitForTheirRevision() async throws {
        try await Self.with { base, store in
            try await base.script("update catalog.variants set status = 'waiting' where id = 20")
            #expect(try await Self.offered(store) == "-")
            try await base.script("update catalog.variants set status = 'active' where id = 20")
            #expect(try await Self.offered(store) == "yes")
            try await base.script("update sellers.sellers set status = 'suspended'")
            #expect(try await Self.offered(store) == "no", "what was shown once is still told of")
        }
    }
}

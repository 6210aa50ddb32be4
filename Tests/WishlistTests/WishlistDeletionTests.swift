// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing
import Wishlist

@Suite(.timeLimit(.minutes(5))) struct WishlistDeletionTests {
    @Test func isForgottenWithItsOwner() async throws {
        try await WishlistFixture.with { shop in
            for user in Int64(1)...2 { _ = try await shop.add(1, by: user) }
            try await shop.base.pool.withTransaction { try await wishlistForget(UserID(rawValue: 1), in: $0) }
            #expect(try await shop.base.row("select sum(user_id), count(*) from wishlist.items") == "2|1")
            #expect(try await shop.base.row("select sum(user_id), count(*) from wishlist.owners") == "2|1")
        }
    }
}

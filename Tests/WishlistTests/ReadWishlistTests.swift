// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReadWishlistTests {
    @Test func pagesStayInOrder() async throws {
        try await WishlistFixture.with { shop in
            for variant in Int64(1)...5 { _ = try await shop.add(variant) }
            let first = try await shop.get("?limit=3")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("?limit=3&cursor=\(cursor)")
            #expect(
                try WishlistFixture.variants(first) + WishlistFixture.variants(second)
                    == (1...5).reversed().map { WishlistFixture.id($0) })
            let others = try await shop.get("?limit=3&cursor=\(cursor)", by: 2)
            #expect(others.code == "invalid-cursor")
        }
    }

    @Test func isTheOwnersAlone() async throws {
        try await WishlistFixture.with { shop in
            for (user, code) in [(nil, "token-missing"), (3, "forbidden"), (4, "forbidden")] as [(Int64?, String)] {
                let refused = try await shop.get(by: user)
                #expect(refused.code == code)
            }
        }
    }
}

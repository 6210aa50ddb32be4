// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct RemoveFromWishlistTests {
    @Test func oneKeyRemovesOnce() async throws {
        try await WishlistFixture.with { shop in
            for variant in Int64(1)...2 { _ = try await shop.add(variant) }
            let body = #"{"variant_id":"\#(WishlistFixture.id(1))"}"#
            let first = try await shop.post("remove", body, key: "remove-01")
            _ = try await shop.add(1)
            let again = try await shop.post("remove", body, key: "remove-01")
            #expect(first.status == 204 && again.status == 204 && again.isReplay)
            let other = try await shop.post(
                "remove", #"{"variant_id":"\#(WishlistFixture.id(2))"}"#, key: "remove-01")
            #expect(other.code == "idempotency-key-reused")
            let list = try await shop.get()
            #expect(try WishlistFixture.variants(list).count == 2, "what was put by again has stayed")
        }
    }

    @Test func isTheOwnersAlone() async throws {
        try await WishlistFixture.with { shop in
            _ = try await shop.add(1)
            let body = #"{"variant_id":"\#(WishlistFixture.id(1))"}"#
            for (user, code) in [(nil, "token-missing"), (3, "forbidden"), (4, "forbidden")] as [(Int64?, String)] {
                let refused = try await shop.post("remove", body, by: user)
                #expect(refused.code == code)
            }
            // Another's list has no such line, which is what it is asked to have.
            let stranger = try await shop.post("remove", body, by: 2)
            #expect(stranger.status == 204)
            let empty = try await shop.post("remove", "{}")
            #expect(empty.code == "validation-failed")
            let list = try await shop.get()
            #expect(try WishlistFixture.variants(list) == [WishlistFixture.id(1)])
        }
    }
}

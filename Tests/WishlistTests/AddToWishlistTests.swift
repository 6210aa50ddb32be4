// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing
import Wishlist

@Suite(.timeLimit(.minutes(5))) struct AddToWishlistTests {
    @Test func keepsWhatWasPutBy() async throws {
        try await WishlistFixture.with { shop in
            for variant in [Int64(1), 2, 9] {
                let added = try await shop.add(variant, notify: variant == 2 ? "price" : nil)
                #expect(added.status == 200)
            }
            let list = try await shop.get()
            #expect(
                try WishlistFixture.variants(list) == [
                    WishlistFixture.id(9), WishlistFixture.id(2), WishlistFixture.id(1),
                ])
            let items = try #require(try list.json["data"]?.elements)
            #expect(items[0]["in_stock"]?.bool == false)
            #expect(items[1]["notify"]?.string == "price")
            #expect(items[1]["price"]?["amount"]?.int == 1000)
            #expect(items[1]["product"]?["title"]?.string == "Rug")
            // Once, whatever is asked again.
            _ = try await shop.add(2)
            let again = try await shop.get()
            #expect(try again.json["data"]?.elements?[1]["notify"] == nil)
            #expect(try WishlistFixture.variants(again).count == 3)
            for _ in 0..<2 {
                let removed = try await shop.post("remove", #"{"variant_id":"\#(WishlistFixture.id(2))"}"#)
                #expect(removed.status == 204)
            }
            let malformed = try await shop.post("remove", #"{"variant_id":"var_x"}"#)
            #expect(malformed.status == 204)
            let left = try await shop.get()
            #expect(try WishlistFixture.variants(left) == [WishlistFixture.id(9), WishlistFixture.id(1)])
            let others = try await shop.get(by: 2)
            #expect(try WishlistFixture.variants(others) == [])
        }
    }

    /// What was never shown to buyers, or is not any more, is as unknown as what does not exist; on the list it keeps its id alone.
    @Test func tellsNothingOfWhatBuyersCannotSee() async throws {
        try await WishlistFixture.with { shop in
            for variant in 1...Int64(2) {
                let added = try await shop.add(variant, notify: "price")
                #expect(added.status == 200)
            }
            shop.hidden.variants.withLock { $0 = [1, 3] }
            let hidden = try await shop.add(3)
            let unknown = try await shop.add(77)
            #expect(hidden.status == 404 && hidden.code == unknown.code)
            let again = try await shop.add(1)
            #expect(again.status == 404)
            let items = try #require(try await shop.get().json["data"]?.elements)
            #expect(items.count == 2 && items[0]["available"]?.bool == true && items[0]["price"] != nil)
            let left = items[1]
            #expect(left["variant_id"]?.string == WishlistFixture.id(1) && left["available"]?.bool == false)
            for member in ["product", "seller", "price", "in_stock"] {
                #expect(left[dynamic: member] == nil, "\(member)")
            }
            #expect(left["notify"]?.string == "price" && left["added_at"] != nil)
        }
    }

    @Test func refuses() async throws {
        try await WishlistFixture.with { shop in
            for unknown in ["\(VariantID(rawValue: 77))", "var_x", "prd_01jd3k5v8x9ya"] {
                let missing = try await shop.post("add", #"{"variant_id":"\#(unknown)"}"#)
                #expect(missing.status == 404 && missing.code == "not-found", "\(unknown)")
            }
            let wrong = try await shop.add(1, notify: "colour")
            #expect(wrong.code == "validation-failed")
            let empty = try await shop.post("add", "{}")
            #expect(empty.code == "validation-failed")
            for (user, code) in [(nil, "token-missing"), (3, "forbidden"), (4, "forbidden")] as [(Int64?, String)] {
                let refused = try await shop.add(1, by: user)
                #expect(refused.code == code)
            }
            try await shop.base.script(
                """
                insert into wishlist.owners (user_id, items) values (1, 500);
                """)
            let full = try await shop.add(1)
            #expect(full.code == "validation-failed")
            #expect(try full.json["errors"]?.elements?.first?["code"]?.string == "too-many")
        }
    }

    @Test func oneKeyAddsOnce() async throws {
        try await WishlistFixture.with { shop in
            let first = try await shop.add(1, key: "wish-0001")
            let again = try await shop.add(1, key: "wish-0001")
            #expect(again.isReplay && again.body == first.body)
            let other = try await shop.add(2, key: "wish-0001")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// More work than there is room for: typed refusals while it lasts, and nothing lost or doubled afterwards.
@Suite(.timeLimit(.minutes(10)), .serialized) struct OverloadTests {
    @Test func aFullMailboxRefusesAndRecovers() async throws {
        let small = ["ACTORS_MAILBOX_MAX": "2", "ACTORS_BATCH_MAX": "1"]
        try await LiveShop.with(stock: 100, environment: small) { shop in
            let buyers = try await shop.buyers(20)
            try await HeldSession.with(shop.database, "select 1 from inventory.stock for update") { session in
                let answers = try await shop.buy(buyers)
                for answer in answers { LiveShop.expectToBeTriedAgain(answer) }
                #expect(RaceTests.tally(answers)["503 overloaded", default: 0] > 0)
                #expect(try await shop.sold() == "0|0")
                try await session.letGo()
            }
            for buyer in buyers { #expect(try await shop.buyInTheEnd(buyer).status == 201) }
            #expect(try await shop.sold() == "20|20")
        }
    }

    @Test func aRowLockedByHandStopsItsOwnOrdersOnly() async throws {
        try await LiveShop.with(stock: 100) { shop in
            // Every other buyer wants a second variant.
            _ = try await shop.database.sql(
                """
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
                values (42, 31, 11, 'RUG-2', \(Fixture.price));
                update inventory.stock set on_hand = 100 where variant_id = 42;
                """)
            let buyers = try await shop.buyers(80)
            _ = try await shop.database.sql("update carts.cart_lines set variant_id = 42 where cart_id % 2 = 1")
            let locked = buyers.filter { $0.number.isMultiple(of: 2) }
            let free = buyers.filter { !$0.number.isMultiple(of: 2) }
            try await HeldSession.with(
                shop.database, "select 1 from inventory.stock where variant_id = 41 for update"
            ) { session in
                // The first ones meet the lock in one batch; those after them go past it.
                let mixed = try await shop.buy(Array(buyers.prefix(40)))
                for (buyer, answer) in zip(buyers, mixed) {
                    if buyer.number.isMultiple(of: 2) {
                        LiveShop.expectToBeTriedAgain(answer)
                    } else {
                        #expect(answer.status == 201, "\(answer.text)")
                    }
                }
                async let others = shop.buy(Array(locked.suffix(20)))
                let answers = try await shop.buy(Array(free.suffix(20)))
                #expect(RaceTests.tally(answers) == ["201": 20])
                for answer in try await others { LiveShop.expectToBeTriedAgain(answer) }
                #expect(try await shop.sold() == "40|40")
                try await session.letGo()
            }
            for buyer in locked { #expect(try await shop.buyInTheEnd(buyer).status == 201) }
            #expect(try await shop.sold() == "80|80")
        }
    }

    @Test func anExhaustedPoolRefusesAndRecovers() async throws {
        try await LiveShop.with(stock: 100) { shop in
            let buyers = try await shop.buyers(12)
            try await HeldSession.with(shop.database, "lock table carts.carts in access exclusive mode") { session in
                let answers = try await RaceTests.each(buyers) { try await Self.add(shop, $0) }
                for answer in answers { LiveShop.expectToBeTriedAgain(answer) }
                // What needs none of the pool's connections goes on.
                let products = try await shop.client.get("/api/products/list/")
                #expect(products.status == 200)
                try await session.letGo()
            }
            for buyer in buyers {
                let answer = try await Self.add(shop, buyer)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try answer.json["groups"]?.elements?.first?["lines"]?.elements?.first?["quantity"]?.int == 3)
            }
        }
    }

    private static func add(_ shop: LiveShop, _ buyer: LiveShop.Buyer) async throws -> TestClient.Answer {
        try await shop.client.post(
            "/api/cart/add/", #"{"variant_id":"\#(Fixture.variant)","quantity":2}"#, token: buyer.token,
            key: "add-\(buyer.number)")
    }
}

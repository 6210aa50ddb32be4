// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AdjustStockTests {
    @Test func changesUnitsAndSaysWhy() async throws {
        try await InventoryFixture.with { shop in
            let first = try await shop.adjust(
                InventoryFixture.item(20, #""delta":3"#, "delivery 4711"),
                InventoryFixture.item(40, #""set_to":1,"low_stock_threshold":9"#))
            #expect(first.status == 200)
            #expect(try InventoryFixture.levels(first) == ["5/0/5", "1/0/9"])
            #expect(Set(shop.fixture.told) == [VariantID(rawValue: 20), VariantID(rawValue: 40)])
            let movements = try await shop.fixture.base.row(
                """
                select string_agg(concat_ws(' ', variant_id, delta, on_hand, cause, reason, actor), '; ' order by variant_id)
                  from inventory.movements
                """)
            #expect(movements == "20 3 5 adjust delivery 4711 user:101; 40 -3 1 adjust counted user:101")
            // What changes nothing is no movement.
            let same = try await shop.adjust(InventoryFixture.item(20, #""set_to":5"#))
            #expect(try InventoryFixture.levels(same) == ["5/0/5"])
            #expect(try await shop.fixture.base.row("select count(*) from inventory.movements") == "2")
        }
    }

    /// There is one place of each seller: whoever names another is told that nobody read it.
    @Test func saysThatItKnowsNoPlaces() async throws {
        try await InventoryFixture.with { shop in
            let answer = try await shop.adjust(InventoryFixture.item(20, #""delta":3,"location_id":"loc_1""#))
            #expect(answer.status == 200)
            #expect(answer.header("X-Ignored-Fields") == "/items/0/location_id")
        }
    }

    @Test func aThresholdThatRisesPastWhatIsLeftIsTold() async throws {
        try await InventoryFixture.with { shop in
            let low = "select count(*) from platform.outbox where type = 'stock.low'"
            let many = try await shop.adjust(InventoryFixture.item(20, #""set_to":7"#))
            #expect(many.status == 200)
            #expect(try await shop.fixture.base.row(low) == "0")
            for _ in 0..<2 {
                let few = try await shop.adjust(InventoryFixture.item(20, #""set_to":7,"low_stock_threshold":10"#))
                #expect(try InventoryFixture.levels(few) == ["7/0/10"])
            }
            #expect(try await shop.fixture.base.row(low) == "1")
        }
    }

    @Test func oneKeyChangesOnce() async throws {
        try await InventoryFixture.with { shop in
            let first = try await shop.adjust(InventoryFixture.item(20, #""delta":3"#), key: "stock-1")
            let again = try await shop.adjust(InventoryFixture.item(20, #""delta":3"#), key: "stock-1")
            #expect(again.isReplay && again.body == first.body)
            #expect(try await shop.stock(20) == "5|0|5")
            let other = try await shop.adjust(InventoryFixture.item(20, #""delta":4"#), key: "stock-1")
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func whatIsPromisedStays() async throws {
        try await InventoryFixture.with { shop in
            try await shop.fixture.base.pool.execute(
                "update inventory.stock set reserved = 3, version = version + 1 where variant_id = 40")
            for change in [#""set_to":2"#, #""delta":-2"#] {
                let refused = try await shop.adjust(
                    InventoryFixture.item(20, #""delta":5"#), InventoryFixture.item(40, change),
                    key: change.filter(\.isLetter) + "-0001")
                #expect(refused.status == 409 && refused.code == "below-reserved")
                let item = try refused.json["errors"]?.elements?.first
                #expect(item?["pointer"]?.string == "/items/1")
                #expect(item?["reserved"]?.int == 3 && item?["on_hand"]?.int == 4)
            }
            #expect(try await shop.stock(20) == "2|0|5", "all or nothing")
            let most = try await shop.adjust(InventoryFixture.item(40, #""set_to":3"#))
            #expect(try InventoryFixture.levels(most) == ["3/3/5"])
        }
    }

    @Test func whatIsNotTheSellersDoesNotExist() async throws {
        try await InventoryFixture.with { shop in
            let foreign = try await shop.adjust(
                InventoryFixture.item(20, #""delta":1"#), InventoryFixture.item(10, #""delta":1"#))
            #expect(foreign.code == "not-found")
            #expect(try foreign.json["errors"]?.elements?.first?["pointer"]?.string == "/items/1/variant_id")
            #expect(try await shop.stock(20) == "2|0|5")
            let malformed = try await shop.adjust(#"{"variant_id":"var_x","delta":1,"reason":"x"}"#)
            #expect(malformed.code == "not-found")
        }
    }

    @Test(
        "what is no change",
        arguments: [
            InventoryFixture.item(20, #""delta":1,"set_to":1"#), InventoryFixture.item(20, #""low_stock_threshold":1"#),
            InventoryFixture.item(20, #""set_to":-1"#),
            InventoryFixture.item(20, #""delta":1"#, ""),
            InventoryFixture.item(20, #""delta":1,"low_stock_threshold":-1"#),
            InventoryFixture.item(20, #""delta":1.5"#),
            InventoryFixture.item(20, #""delta":1"#) + "," + InventoryFixture.item(20, #""delta":1"#), "",
            (0...100).map { InventoryFixture.item($0 * 10, #""delta":1"#) }.joined(separator: ","),
        ])
    func invalid(items: String) async throws {
        try await InventoryFixture.with { shop in
            let refused = try await shop.adjust(items)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.stock(20) == "2|0|5")
        }
    }

    @Test(
        "who may",
        arguments: [
            (nil, 401, "token-missing"), (1, 403, "forbidden"), (90, 403, "forbidden"), (110, 403, "forbidden"),
        ])
    func permissions(user: Int64?, status: Int, code: String) async throws {
        try await InventoryFixture.with { shop in
            let change = try await shop.adjust(InventoryFixture.item(20, #""delta":1"#), by: user)
            #expect(change.status == status && change.code == code)
        }
    }

    /// A suspended seller's orders go on, and so does the count of what is there.
    @Test func aSuspendedSellerCounts() async throws {
        try await InventoryFixture.with { shop in
            let answer = try await shop.adjust(InventoryFixture.item(610, #""set_to":7"#), by: 103)
            #expect(try InventoryFixture.levels(answer) == ["7/0/5"])
        }
    }

    @Test func anotherSellerDoesNotReachIt() async throws {
        try await InventoryFixture.with { shop in
            let foreign = try await shop.adjust(InventoryFixture.item(20, #""delta":1"#), by: 102)
            #expect(foreign.status == 404 && foreign.code == "not-found")
            #expect(try await shop.stock(20) == "2|0|5")
        }
    }
}

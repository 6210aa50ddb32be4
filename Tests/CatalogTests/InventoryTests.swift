// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

/// Stock by sellers. Seller 1 has variants 20 (2 units), 21 (none), 40 (4) …; seller 2 has 10, 11, 30 …
@Suite(.timeLimit(.minutes(5))) struct InventoryTests {
    private struct Shop: Sendable {
        let fixture: SellerFixture

        func adjust(_ items: String..., by user: Int64? = 101, key: String? = nil) async throws -> TestClient.Answer {
            try await fixture.post(
                "inventory/adjust", #"{"items":[\#(items.joined(separator: ","))]}"#, by: user, key: key)
        }

        func stock(_ variant: Int64) async throws -> String {
            try await fixture.base.row(
                "select on_hand, reserved, low_at from inventory.stock where variant_id = \(variant)")
        }
    }

    private static func with(_ body: @escaping @Sendable (Shop) async throws -> Void) async throws {
        try await SellerFixture.with { fixture in
            let base = fixture.base
            return inventoryRoutes(
                InventoryDependencies(
                    pool: base.pool, gate: base.gate, transactions: base.transactions, desk: fixture.desk,
                    cursors: base.cursors, ids: base.ids,
                    inventory: InventoryDirectory(
                        executor: base.loop, clock: base.loop, shardCount: 1, limits: InventoryLimits(),
                        journal: StockStore(client: base.pool)), changed: fixture.note))
        } _: { fixture in
            try await body(Shop(fixture: fixture))
        }
    }

    private static func item(_ variant: Int64, _ change: String, _ reason: String = "counted") -> String {
        #"{"variant_id":"\#(CatalogRows.variant(variant))",\#(change),"reason":"\#(reason)"}"#
    }

    private static func levels(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["levels"]?.elements?.map {
            "\($0["on_hand"]?.int ?? -1)/\($0["reserved"]?.int ?? -1)/\($0["low_stock_threshold"]?.int ?? -1)"
        } ?? []
    }

    @Test func changesUnitsAndSaysWhy() async throws {
        try await Self.with { shop in
            let first = try await shop.adjust(
                Self.item(20, #""delta":3"#, "delivery 4711"), Self.item(40, #""set_to":1,"low_stock_threshold":9"#))
            #expect(first.status == 200)
            #expect(try Self.levels(first) == ["5/0/5", "1/0/9"])
            #expect(Set(shop.fixture.told) == [VariantID(rawValue: 20), VariantID(rawValue: 40)])
            let movements = try await shop.fixture.base.row(
                """
                select string_agg(concat_ws(' ', variant_id, delta, on_hand, cause, reason, actor), '; ' order by variant_id)
                  from inventory.movements
                """)
            #expect(movements == "20 3 5 adjust delivery 4711 user:101; 40 -3 1 adjust counted user:101")
            // What changes nothing is no movement.
            let same = try await shop.adjust(Self.item(20, #""set_to":5"#))
            #expect(try Self.levels(same) == ["5/0/5"])
            #expect(try await shop.fixture.base.row("select count(*) from inventory.movements") == "2")
        }
    }

    /// There is one place of each seller: whoever names another is told that nobody read it.
    @Test func saysThatItKnowsNoPlaces() async throws {
        try await Self.with { shop in
            let answer = try await shop.adjust(Self.item(20, #""delta":3,"location_id":"loc_1""#))
            #expect(answer.status == 200)
            #expect(answer.header("X-Ignored-Fields") == "/items/0/location_id")
        }
    }

    @Test func aThresholdThatRisesPastWhatIsLeftIsTold() async throws {
        try await Self.with { shop in
            let low = "select count(*) from platform.outbox where type = 'stock.low'"
            let many = try await shop.adjust(Self.item(20, #""set_to":7"#))
            #expect(many.status == 200)
            #expect(try await shop.fixture.base.row(low) == "0")
            for _ in 0..<2 {
                let few = try await shop.adjust(Self.item(20, #""set_to":7,"low_stock_threshold":10"#))
                #expect(try Self.levels(few) == ["7/0/10"])
            }
            #expect(try await shop.fixture.base.row(low) == "1")
        }
    }

    @Test func oneKeyChangesOnce() async throws {
        try await Self.with { shop in
            let first = try await shop.adjust(Self.item(20, #""delta":3"#), key: "stock-1")
            let again = try await shop.adjust(Self.item(20, #""delta":3"#), key: "stock-1")
            #expect(again.isReplay && again.body == first.body)
            #expect(try await shop.stock(20) == "5|0|5")
            let other = try await shop.adjust(Self.item(20, #""delta":4"#), key: "stock-1")
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func whatIsPromisedStays() async throws {
        try await Self.with { shop in
            try await shop.fixture.base.pool.execute(
                "update inventory.stock set reserved = 3, version = version + 1 where variant_id = 40")
            for change in [#""set_to":2"#, #""delta":-2"#] {
                let refused = try await shop.adjust(
                    Self.item(20, #""delta":5"#), Self.item(40, change), key: change.filter(\.isLetter) + "-0001")
                #expect(refused.status == 409 && refused.code == "below-reserved")
                let item = try refused.json["errors"]?.elements?.first
                #expect(item?["pointer"]?.string == "/items/1")
                #expect(item?["reserved"]?.int == 3 && item?["on_hand"]?.int == 4)
            }
            #expect(try await shop.stock(20) == "2|0|5", "all or nothing")
            let most = try await shop.adjust(Self.item(40, #""set_to":3"#))
            #expect(try Self.levels(most) == ["3/3/5"])
        }
    }

    @Test func whatIsNotTheSellersDoesNotExist() async throws {
        try await Self.with { shop in
            let foreign = try await shop.adjust(Self.item(20, #""delta":1"#), Self.item(10, #""delta":1"#))
            #expect(foreign.code == "not-found")
            #expect(try foreign.json["errors"]?.elements?.first?["pointer"]?.string == "/items/1/variant_id")
            #expect(try await shop.stock(20) == "2|0|5")
            let malformed = try await shop.adjust(#"{"variant_id":"var_x","delta":1,"reason":"x"}"#)
            #expect(malformed.code == "not-found")
            let movements = try await shop.fixture.get("inventory/movements/?variant_id=\(CatalogRows.variant(10))")
            #expect(movements.code == "not-found")
        }
    }

    @Test(
        "what is no change",
        arguments: [
            item(20, #""delta":1,"set_to":1"#), item(20, #""low_stock_threshold":1"#), item(20, #""set_to":-1"#),
            item(20, #""delta":1"#, ""), item(20, #""delta":1,"low_stock_threshold":-1"#), item(20, #""delta":1.5"#),
            item(20, #""delta":1"#) + "," + item(20, #""delta":1"#), "",
            (0...100).map { item($0 * 10, #""delta":1"#) }.joined(separator: ","),
        ])
    func invalid(items: String) async throws {
        try await Self.with { shop in
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
        try await Self.with { shop in
            let change = try await shop.adjust(Self.item(20, #""delta":1"#), by: user)
            #expect(change.status == status && change.code == code)
            for path in ["inventory/list/", "inventory/movements/", "sellers/low-stock/"] {
                let answer = try await shop.fixture.get(path, by: user)
                #expect(answer.status == status && answer.code == code)
            }
        }
    }

    /// A suspended seller's orders go on, and so does the count of what is there.
    @Test func aSuspendedSellerCounts() async throws {
        try await Self.with { shop in
            let answer = try await shop.adjust(Self.item(610, #""set_to":7"#), by: 103)
            #expect(try Self.levels(answer) == ["7/0/5"])
        }
    }

    @Test func listsLevelsPageByPage() async throws {
        try await Self.with { shop in
            var variants: [String] = []
            var path = "inventory/list/?limit=25"
            while true {
                let page = try await shop.fixture.get(path)
                let data = try page.json["data"]?.elements ?? []
                variants += data.compactMap { $0["variant_id"]?.string }
                for level in data { #expect(level["is_low"]?.bool == ((level["available"]?.int ?? 0) <= 5)) }
                guard let cursor = try page.json["page"]?["next_cursor"]?.string else { break }
                path = "inventory/list/?limit=25&cursor=\(cursor)"
            }
            let own = try await shop.fixture.base.row("select count(*) from inventory.stock where seller_id = 1")
            #expect(variants.count == Int(own))
            #expect(Set(variants).count == variants.count)

            let low = try await shop.fixture.get("inventory/list/?low=true&limit=100")
            let few = try await shop.fixture.get("sellers/low-stock/?limit=100")
            #expect(try low.json["data"]?.elements?.count == few.json["data"]?.elements?.count)
            #expect(try few.json["data"]?.elements?.allSatisfy { $0["is_low"]?.bool == true } == true)
            let plenty = try #require(
                try Int(
                    await shop.fixture.base.row(
                        "select count(*) from inventory.stock where seller_id = 1 and on_hand - reserved > low_at")))
            #expect(try (few.json["data"]?.elements?.count ?? 0) == variants.count - plenty)
            let wrong = try await shop.fixture.get("inventory/list/?low=yes")
            #expect(wrong.code == "validation-failed")
            let cursor = try #require(
                try await shop.fixture.get("inventory/list/?limit=1").json["page"]?["next_cursor"]?.string)
            let other = try await shop.fixture.get("inventory/list/?limit=1&low=true&cursor=\(cursor)")
            #expect(other.code == "invalid-cursor")
        }
    }

    @Test func tellsEveryMovement() async throws {
        try await Self.with { shop in
            for delta in 1...5 { _ = try await shop.adjust(Self.item(20, #""delta":\#(delta)"#, "n\(delta)")) }
            let path = "inventory/movements/?variant_id=\(CatalogRows.variant(20))&limit=3"
            let first = try await shop.fixture.get(path)
            func told(_ answer: TestClient.Answer) throws -> [String] {
                try answer.json["data"]?.elements?.map {
                    "\($0["delta"]?.int ?? 0) \($0["on_hand"]?.int ?? 0) \($0["reason"]?.string ?? "")"
                } ?? []
            }
            #expect(try told(first) == ["5 17 n5", "4 12 n4", "3 8 n3"])
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.fixture.get(path + "&cursor=\(cursor)")
            #expect(try told(second) == ["2 5 n2", "1 3 n1"])
            let missing = try await shop.fixture.get("inventory/movements/")
            #expect(missing.code == "validation-failed")
        }
    }
}

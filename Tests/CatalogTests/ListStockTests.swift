// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing

/// What a seller reads of its stock.
@Suite(.timeLimit(.minutes(5))) struct ListStockTests {
    @Test func listsLevelsPageByPage() async throws {
        try await InventoryFixture.with { shop in
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
        try await InventoryFixture.with { shop in
            for delta in 1...5 {
                _ = try await shop.adjust(InventoryFixture.item(20, #""delta":\#(delta)"#, "n\(delta)"))
            }
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
            let odd = try await shop.fixture.get(path + "&cursor=odd")
            #expect(odd.code == "invalid-cursor")
            let missing = try await shop.fixture.get("inventory/movements/")
            #expect(missing.code == "validation-failed")
        }
    }

    @Test func whatIsNotTheSellersDoesNotExist() async throws {
        try await InventoryFixture.with { shop in
            for variant in [CatalogRows.variant(10), "var_x", "\(VariantID(rawValue: 999_999))"] {
                let movements = try await shop.fixture.get("inventory/movements/?variant_id=\(variant)")
                #expect(movements.status == 404 && movements.code == "not-found", "\(variant)")
            }
        }
    }

    @Test(
        "who may",
        arguments: [
            (nil, 401, "token-missing"), (1, 403, "forbidden"), (90, 403, "forbidden"), (110, 403, "forbidden"),
        ])
    func permissions(user: Int64?, status: Int, code: String) async throws {
        try await InventoryFixture.with { shop in
            for path in ["inventory/list/", "inventory/movements/", "sellers/low-stock/"] {
                let answer = try await shop.fixture.get(path, by: user)
                #expect(answer.status == status && answer.code == code)
            }
        }
    }
}

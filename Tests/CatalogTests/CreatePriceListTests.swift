// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CreatePriceListTests {
    @Test func isWhatItsCompaniesPay() async throws {
        try await PriceListFixture.with { shop in
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "10200 base")
            let id = try await PriceListFixture.list(shop)
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "10200 base")
            #expect(shop.told.isEmpty)
            let assigned = try await PriceListFixture.assign(shop, id, [1])
            #expect(try assigned.json["company_ids"]?.elements?.map { $0.string } == [PriceListFixture.company(1)])
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "9500 company_list")
            #expect(try await PriceListFixture.price(shop, 10, company: 1) == "9000 company_list")
            #expect(try await PriceListFixture.price(shop, 10, company: 2) == "10200 base")
            #expect(try await PriceListFixture.price(shop, 10, company: nil) == "10200 base")
            #expect(shop.told == [VariantID(rawValue: 20)])
            #expect(try await shop.base.row("select offer_version from inventory.stock where variant_id = 20") == "2")

            // The newest list counts, while it is there.
            let body = PriceListFixture.new(PriceListFixture.entries([20, 21], [PriceListFixture.tier(5, 8000)]))
            let second = try await shop.post("sellers/price-lists/create", body)
            let secondID = try #require(try second.json["id"]?.string)
            _ = try await PriceListFixture.assign(shop, secondID, [1, 2])
            #expect(try await PriceListFixture.price(shop, 5, company: 1) == "8000 company_list")
            #expect(try await PriceListFixture.price(shop, 4, company: 1) == "10200 base")
            _ = try await PriceListFixture.assign(shop, secondID, [])
            #expect(try await PriceListFixture.price(shop, 5, company: 1) == "9500 company_list")
        }
    }

    @Test(
        "what is no list",
        arguments: [
            PriceListFixture.new(
                PriceListFixture.entries([20], [PriceListFixture.tier(10, 9000), PriceListFixture.tier(1, 9500)])),
            PriceListFixture.new(
                PriceListFixture.entries([20], [PriceListFixture.tier(1, 9000), PriceListFixture.tier(10, 9000)])),
            PriceListFixture.new(PriceListFixture.entries([20, 20], [PriceListFixture.tier(1, 9000)])),
            PriceListFixture.new(PriceListFixture.entries([20], [PriceListFixture.tier(1, 9000, "EUR")])),
            PriceListFixture.new(PriceListFixture.entries([20], [])), PriceListFixture.new(#""entries":[]"#),
            PriceListFixture.new(PriceListFixture.entries([20], [PriceListFixture.tier(0, 9000)])),
            PriceListFixture.new(
                PriceListFixture.entries([20], [PriceListFixture.tier(1, 9000), PriceListFixture.tier(9, 0)])),
            PriceListFixture.new(
                PriceListFixture.entries([20], [PriceListFixture.tier(1, 9000)]),
                extra: #","starts":"2027-01-02T00:00:00Z","ends":"2027-01-01T00:00:00Z""#),
            PriceListFixture.new(
                PriceListFixture.entries([20], [PriceListFixture.tier(1, 9000)]),
                extra: #","starts":"tomorrow, surely""#),
        ])
    func invalid(body: String) async throws {
        try await PriceListFixture.with { shop in
            let refused = try await shop.post("sellers/price-lists/create", body)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.base.row("select count(*) from catalog.price_lists") == "0")
        }
    }

    /// Whatever writes them; what was written before stays until somebody writes other tiers.
    @Test func noTableHoldsAPriceOfNothing() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            await #expect(throws: PostgresError.self) {
                try await shop.base.pool.execute(
                    #"update catalog.price_list_entries set tiers = '[{"min_quantity":1,"price_minor":5},{"min_quantity":9,"price_minor":0}]'"#
                )
            }
            let path = "sellers/price-lists/update"
            let tiers = PriceListFixture.entries([20], [PriceListFixture.tier(1, 0)])
            let refused = try await shop.post(path, #"{"id":"\#(id)",\#(tiers)}"#, method: "PUT")
            #expect(refused.code == "validation-failed")
            let renamed = try await shop.post(path, #"{"id":"\#(id)","name":"Retail"}"#, method: "PUT")
            #expect(renamed.status == 200)
        }
    }

    @Test func otherSellersGoodsAreNotPriced() async throws {
        try await PriceListFixture.with { shop in
            // Variant 10 is seller 2's.
            let foreign = try await shop.post(
                "sellers/price-lists/create",
                PriceListFixture.new(PriceListFixture.entries([20, 10], [PriceListFixture.tier(1, 9000)])))
            #expect(foreign.code == "not-found")
            #expect(try foreign.json["errors"]?.elements?.first?["pointer"]?.string == "/entries/1/variant_id")
        }
    }

    @Test func aSuspendedSellerReadsAndDoesNotWrite() async throws {
        try await PriceListFixture.with { shop in
            let list = try await shop.get("sellers/price-lists/", by: 103)
            #expect(list.status == 200)
            let refused = try await shop.post("sellers/price-lists/create", "{}", by: 103)
            #expect(refused.code == "seller-not-active")
        }
    }

    @Test func oneKeyMakesOne() async throws {
        try await PriceListFixture.with { shop in
            let path = "sellers/price-lists/create"
            let body = PriceListFixture.new(PriceListFixture.entries([20], [PriceListFixture.tier(1, 9500)]))
            let first = try await shop.post(path, body, key: "list-0001")
            let again = try await shop.post(path, body, key: "list-0001")
            #expect(first.status == 201 && again.isReplay && again.body == first.body)
            let dearer = PriceListFixture.new(PriceListFixture.entries([20], [PriceListFixture.tier(1, 9600)]))
            let other = try await shop.post(path, dearer, key: "list-0001")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await shop.base.row("select count(*) from catalog.price_lists") == "1")
        }
    }

    /// To seller 2, variant 20 is nobody's.
    @Test func whoMay() async throws {
        try await PriceListFixture.with { shop in
            let body = PriceListFixture.new(PriceListFixture.entries([20], [PriceListFixture.tier(1, 9500)]))
            try await PriceListFixture.refusesOthers(shop, "create", "POST", body)
            #expect(try await shop.base.row("select count(*) from catalog.price_lists") == "0")
        }
    }
}

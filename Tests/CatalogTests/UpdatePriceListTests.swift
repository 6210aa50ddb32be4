// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct UpdatePriceListTests {
    @Test func changesPartByPart() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            _ = try await PriceListFixture.assign(shop, id, [1])
            let renamed = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","name":"Retail","expected_version":2}"#, method: "PUT")
            #expect(try renamed.json["name"]?.string == "Retail")
            #expect(try renamed.json["entries"]?.elements?.count == 1)
            #expect(renamed.header("ETag") == "\"v3\"")
            let cheaper = #"{"id":"\#(id)",\#(PriceListFixture.entries([20], [PriceListFixture.tier(1, 9400)]))}"#
            let changed = try await shop.post("sellers/price-lists/update", cheaper, key: "list-1", method: "PUT")
            #expect(changed.status == 200)
            #expect(try await PriceListFixture.price(shop, 10, company: 1) == "9400 company_list")
            let replayed = try await shop.post("sellers/price-lists/update", cheaper, key: "list-1", method: "PUT")
            #expect(replayed.isReplay && replayed.body == changed.body)
            let late = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","name":"x","expected_version":2}"#, method: "PUT")
            #expect(late.code == "version-conflict")
            let tag = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","name":"x"}"#, method: "PUT",
                headers: [("If-Match", "\"v1\"")])
            #expect(tag.code == "version-conflict")
            let stale = try await shop.post(
                "sellers/price-lists/assign", #"{"id":"\#(id)","company_ids":[],"expected_version":1}"#)
            #expect(stale.code == "version-conflict")
            let read = try await shop.get("sellers/price-lists/detail/?id=\(id)")
            #expect(read.body == changed.body)
        }
    }

    @Test func beginsAndEnds() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop, extra: #","starts":"2099-01-01T00:00:00Z""#)
            _ = try await PriceListFixture.assign(shop, id, [1])
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "10200 base")
            let clock = PriceListClock(
                executor: shop.base.loop, postgres: shop.base.pool, logger: shop.base.logger, changed: shop.note)
            await clock.tick()
            #expect(shop.told.isEmpty)
            try await shop.base.pool.execute(
                "update catalog.price_lists set starts_at = now() - interval '1 s', next_change_at = now()")
            await clock.tick()
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "9500 company_list")
            #expect(shop.told == [VariantID(rawValue: 20)])
            let ended = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","starts":null,"ends":"2020-01-01T00:00:00Z"}"#,
                method: "PUT")
            #expect(try ended.json["in_force"]?.bool == false)
            #expect(try ended.json["starts"] == nil)
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "10200 base")
        }
    }

    @Test func whoMay() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            try await PriceListFixture.refusesOthers(shop, "update", "PUT", #"{"id":"\#(id)","name":"x"}"#)
            for unknown in ["plt_x", "\(PriceListID(rawValue: 5))"] {
                let missing = try await shop.post(
                    "sellers/price-lists/update", #"{"id":"\#(unknown)","name":"x"}"#, method: "PUT")
                #expect(missing.code == "not-found")
            }
            let foreign = #"{"id":"\#(id)",\#(PriceListFixture.entries([20, 10], [PriceListFixture.tier(1, 9000)]))}"#
            let others = try await shop.post("sellers/price-lists/update", foreign, method: "PUT")
            #expect(others.code == "not-found")
            #expect(try others.json["errors"]?.elements?.first?["pointer"]?.string == "/entries/1/variant_id")
            #expect(try await shop.base.row("select name, version from catalog.price_lists") == "Wholesale|1")
        }
    }

    @Test(
        "what is no change",
        arguments: [
            PriceListFixture.entries([20], [PriceListFixture.tier(10, 9000), PriceListFixture.tier(1, 9500)]),
            PriceListFixture.entries([20, 20], [PriceListFixture.tier(1, 9000)]),
            PriceListFixture.entries([20], [PriceListFixture.tier(1, 9000, "EUR")]),
            #""starts":"2027-01-02T00:00:00Z","ends":"2027-01-01T00:00:00Z""#, #""name":"""#,
        ])
    func invalid(change: String) async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            let refused = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)",\#(change)}"#, method: "PUT")
            #expect(refused.code == "validation-failed", "\(refused.text)")
            #expect(try await shop.base.row("select version from catalog.price_lists") == "1")
        }
    }

    @Test func oneKeyIsForOneChange() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            let path = "sellers/price-lists/update"
            _ = try await shop.post(path, #"{"id":"\#(id)","name":"One"}"#, key: "list-0001", method: "PUT")
            let other = try await shop.post(path, #"{"id":"\#(id)","name":"Two"}"#, key: "list-0001", method: "PUT")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AssignPriceListTests {
    @Test func oneKeyAssignsOnce() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            let (path, body) = (
                "sellers/price-lists/assign", #"{"id":"\#(id)","company_ids":["\#(PriceListFixture.company(1))"]}"#
            )
            let first = try await shop.post(path, body, key: "assign-1")
            let again = try await shop.post(path, body, key: "assign-1")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let other = try await shop.post(path, #"{"id":"\#(id)","company_ids":[]}"#, key: "assign-1")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await PriceListFixture.price(shop, 1, company: 1) == "9500 company_list")
            #expect(
                try await shop.base.row("select count(*) from platform.audit where action = 'price_list.assigned'")
                    == "1")
        }
    }

    @Test func honoursIfMatch() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            let path = "sellers/price-lists/assign"
            let body = #"{"id":"\#(id)","company_ids":["\#(PriceListFixture.company(1))"],"expected_version":1}"#
            for stale in ["\"v7\"", "\"3fa9\""] {
                let late = try await shop.post(path, body, headers: [("If-Match", stale)])
                #expect(late.status == 412 && late.code == "version-conflict", "\(late.text)")
            }
            let done = try await shop.post(path, body, key: "assign-tag", headers: [("If-Match", "\"v1\"")])
            #expect(done.status == 200 && done.header("ETag") == "\"v2\"", "\(done.text)")
            // It is a part of what a key stands for.
            let other = try await shop.post(path, body, key: "assign-tag", headers: [("If-Match", "\"v2\"")])
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func whoMay() async throws {
        try await PriceListFixture.with { shop in
            let id = try await PriceListFixture.list(shop)
            try await PriceListFixture.refusesOthers(shop, "assign", "POST", #"{"id":"\#(id)","company_ids":[]}"#)
            let unknown = try await PriceListFixture.assign(shop, id, [1, 9])
            #expect(unknown.code == "not-found")
            #expect(try unknown.json["errors"]?.elements?.first?["pointer"]?.string == "/company_ids/1")
            let path = "sellers/price-lists/assign"
            for (body, code) in [
                (#"{"id":"plt_x","company_ids":[]}"#, "not-found"),
                (#"{"id":"\#(id)","company_ids":["cmp_x"]}"#, "not-found"),
                (#"{"id":"\#(id)"}"#, "validation-failed"), (#"{"company_ids":[]}"#, "validation-failed"),
                (#"{"id":"\#(id)","company_ids":[],"expected_version":9}"#, "version-conflict"),
            ] {
                let refused = try await shop.post(path, body)
                #expect(refused.code == code, "\(body)")
            }
        }
    }
}

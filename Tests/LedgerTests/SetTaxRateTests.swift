// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite struct SetTaxRateTests {
    private static let later = #"{"kind":"tcs","rate_bps":100,"effective_from":"2090-04-01","source":"A law to come"}"#

    @Test func aRateFromADayOn() async throws {
        try await LedgerFixture.with { shop in
            let made = try await shop.post("tax-rates/set", Self.later)
            let json = try made.json
            #expect(made.status == 201 && json["base"]?.string == "taxable" && json["rate_bps"]?.int == 100)
            let rates = try await shop.get("tax-rates/").json["data"]?.elements ?? []
            let tcs = rates.filter { $0["kind"]?.string == "tcs" }
            #expect(tcs.map { $0["effective_from"]?.string } == ["2090-04-01", "2024-07-10", "2018-10-01"])
            #expect(tcs[0]["set_by"]?.string == "\(UserID(rawValue: 90))" && tcs[1]["set_by"] == nil)
            #expect(rates.allSatisfy { !($0["source"]?.string ?? "").isEmpty })
            #expect(
                try await shop.base.row("select action, entity_id, reason from platform.audit")
                    == "tax_rate.set|20900401|A law to come")
        }
    }

    @Test(
        "What is dated back, there already or none is refused",
        arguments: [
            (#""kind":"tcs","rate_bps":1,"effective_from":"2026-01-01""#, "/effective_from past"),
            (#""kind":"tcs","rate_bps":1,"effective_from":"2091-02-29""#, "/effective_from invalid"),
            (#""kind":"tcs","rate_bps":1,"effective_from":"2091-2-289""#, "/effective_from invalid"),
            (#""kind":"tcs","rate_bps":1,"effective_from":"2090-04-01""#, "/effective_from exists"),
            (#""kind":"tcs","rate_bps":5001,"effective_from":"2091-01-01""#, "/rate_bps out-of-range"),
            (#""kind":"tcs","rate_bps":1,"effective_from":"2091-01-01","base":"commission""#, "/base invalid"),
            (#""kind":"vat","rate_bps":1,"effective_from":"2091-01-01""#, "/kind invalid"),
        ])
    func refused(members: String, code: String) async throws {
        try await LedgerFixture.with { shop in
            _ = try await shop.post("tax-rates/set", Self.later)
            let answer = try await shop.post("tax-rates/set", #"{\#(members),"source":"x"}"#)
            let problem = try answer.problem
            #expect(answer.status == 422 && problem == code, "\(answer.text)")
        }
    }

    @Test func whoMayAndOnce() async throws {
        try await LedgerFixture.with { shop in
            for (user, status) in [(nil, 401), (1, 403), (92, 403), (93, 403)] as [(Int64?, Int)] {
                let answer = try await shop.post("tax-rates/set", Self.later, by: user)
                #expect(answer.status == status)
            }
            for _ in 1...2 {
                let answer = try await shop.post("tax-rates/set", Self.later, key: "a-rate-00000000000001")
                #expect(answer.status == 201)
            }
        }
    }
}

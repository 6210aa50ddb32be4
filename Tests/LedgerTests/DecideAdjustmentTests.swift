// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite struct DecideAdjustmentTests {
    private static func decide(
        _ shop: LedgerFixture, _ id: String, _ verdict: String = "approve", by user: Int64? = 91,
        key: String = "decide-0000000000001", note: String = #","note":"seen""#
    ) async throws -> TestClient.Answer {
        try await shop.post(
            "ledger/adjust/decide", #"{"id":"\#(id)","decision":"\#(verdict)"\#(note)}"#, by: user, key: key)
    }

    @Test func approvedItIsBookedUnderItsId() async throws {
        try await LedgerFixture.with { shop in
            let id = try await AdjustLedgerTests.requested(shop)
            let answer = try await Self.decide(shop, id)
            let json = try answer.json
            #expect(answer.status == 200 && json["state"]?.string == "approved")
            #expect(json["decided_by"]?.string == "\(UserID(rawValue: 91))" && json["decision_note"]?.string == "seen")
            let entry = try await shop.get("ledger/entries/?kind=adjusted").json["data"]?[0]
            #expect(entry?["id"]?.string == id && entry?["lines"]?[0]?["account"]?.string == "bank")
            #expect(entry?["lines"]?[1]?["credit"]?["amount"]?.int == 700)
            let again = try await Self.decide(shop, id)
            #expect(again.status == 200 && again.body == answer.body)
            let kept = try await shop.base.row(
                "select extract(epoch from expires_at - created_at)::int from platform.idempotency_keys order by created_at desc limit 1"
            )
            #expect(kept == "259200", "money is remembered for 72 hours")
            let other = try await Self.decide(shop, id, "reject", key: "decide-0000000000002")
            let problem = try other.problem
            #expect(other.status == 409 && problem == "illegal-transition")
            #expect(try await shop.base.row("select count(*) from ledger.entries") == "1")
            #expect(
                try await shop.base.row("select action, actor_id from platform.audit order by id desc limit 1")
                    == "ledger.adjustment_approved|91")
        }
    }

    @Test func rejectedNothingIsBooked() async throws {
        try await LedgerFixture.with { shop in
            let id = try await AdjustLedgerTests.requested(shop)
            let silent = try await Self.decide(shop, id, "reject", note: "")
            let problem = try silent.problem
            #expect(silent.status == 422 && problem == "/note required")
            let answer = try await Self.decide(shop, id, "reject", key: "decide-0000000000003")
            let state = try answer.json["state"]?.string
            #expect(answer.status == 200 && state == "rejected")
            #expect(try await shop.base.row("select count(*) from ledger.entries") == "0")
        }
    }

    @Test func nobodyDecidesTheirOwn() async throws {
        try await LedgerFixture.with { shop in
            let id = try await AdjustLedgerTests.requested(shop)
            let own = try await Self.decide(shop, id, by: 90)
            let problem = try own.problem
            #expect(own.status == 403 && problem == "four-eyes-required", "\(own.text)")
            for (user, status) in [(nil, 401), (1, 403), (92, 403), (93, 403)] as [(Int64?, Int)] {
                let answer = try await Self.decide(shop, id, by: user, key: "decide-0000000000004")
                #expect(answer.status == status)
            }
            for unknown in ["\(JournalEntryID(rawValue: 5))", "x"] {
                let answer = try await Self.decide(shop, unknown, key: "decide-000000000000\(unknown.count)")
                #expect(answer.status == 404)
            }
            let keyless = try await shop.post("ledger/adjust/decide", #"{"id":"\#(id)","decision":"approve"}"#, by: 91)
            #expect(keyless.status == 400)
            #expect(try await shop.base.row("select state from ledger.adjustments") == "requested")
        }
    }
}

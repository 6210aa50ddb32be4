// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite struct AdjustLedgerTests {
    static let balanced = """
        {"lines":[{"account":"bank","side":"debit","amount":{"amount":700,"currency":"INR"}},
                  {"account":"seller_available:\(LedgerFixture.seller)","side":"credit","amount":{"amount":700,"currency":"INR"}}],
         "reason":"found on a statement"}
        """

    static func requested(_ shop: LedgerFixture, key: String = "adjust-0000000000001") async throws -> String {
        let made = try await shop.post("ledger/adjust", balanced, key: key)
        #expect(made.status == 201, "\(made.text)")
        return try #require(try made.json["id"]?.string)
    }

    @Test func nothingIsBookedBeforeAnotherAgrees() async throws {
        try await LedgerFixture.with { shop in
            let id = try await Self.requested(shop)
            #expect(try await shop.base.row("select count(*) from ledger.entries") == "0")
            let waiting = try await shop.get("ledger/adjustments/?state=requested").json
            #expect(waiting["data"]?[0]?["id"]?.string == id && waiting["data"]?.elements?.count == 1)
            #expect(
                try await shop.base.row("select action, actor_id, reason from platform.audit")
                    == "ledger.adjustment_requested|90|found on a statement")
        }
    }

    @Test func theSameKeyAsksOnce() async throws {
        try await LedgerFixture.with { shop in
            let first = try await Self.requested(shop)
            let again = try await Self.requested(shop)
            #expect(first == again)
            let kept = try await shop.base.row(
                "select extract(epoch from expires_at - created_at)::int from platform.idempotency_keys order by created_at desc limit 1"
            )
            #expect(kept == "259200", "money is remembered for 72 hours")
            #expect(try await shop.base.row("select count(*) from ledger.adjustments") == "1")
            let without = try await shop.post("ledger/adjust", Self.balanced)
            let problem = try without.problem
            #expect(without.status == 400 && problem == "idempotency-key-required")
        }
    }

    @Test func aLineHasItsAmountUnderItsSideOrBesideIt() async throws {
        try await LedgerFixture.with { shop in
            let mixed = """
                {"lines":[{"account":"bank","debit":{"amount":700,"currency":"INR"}},
                          {"account":"psp_fees","credit":{"amount":300,"currency":"INR"},"debit":null},
                          {"account":"psp_fees","side":"credit","amount":{"amount":400,"currency":"INR"}}],"reason":"x"}
                """
            let made = try await shop.post("ledger/adjust", mixed, key: "adjust-0000000000004")
            #expect(made.status == 201, "\(made.text)")
            let lines = try #require(try made.json["lines"]?.elements)
            #expect(lines.map { $0["debit"]?["amount"]?.int } == [700, nil, nil])
            #expect(lines.map { $0["credit"]?["amount"]?.int } == [nil, 300, 400])
        }
    }

    @Test(
        "What is no correction is refused",
        arguments: [
            (
                #"[{"account":"bank","debit":{"amount":7,"currency":"INR"},"credit":{"amount":7,"currency":"INR"}},{"account":"psp_fees","credit":{"amount":7,"currency":"INR"}}]"#,
                "/lines/0 ambiguous"
            ),
            (
                #"[{"account":"bank","debit":{"amount":7,"currency":"INR"},"side":"debit"},{"account":"bank","debit":{"amount":7,"currency":"INR"}},{"account":"psp_fees","credit":{"amount":7,"currency":"INR"}}]"#,
                "/lines/0 ambiguous"
            ),
            (
                #"[{"account":"bank"},{"account":"bank","debit":{"amount":7,"currency":"INR"}},{"account":"psp_fees","credit":{"amount":7,"currency":"INR"}}]"#,
                "/lines/0/debit required"
            ),
            (
                #"[{"account":"bank","debit":{"amount":7,"currency":"USD"}},{"account":"psp_fees","credit":{"amount":7,"currency":"INR"}}]"#,
                "/lines/0/debit/currency invalid"
            ),
            (
                #"[{"account":"bank","debit":{"amount":7,"currency":"INR"}},{"account":"psp_fees","amount":{"amount":7,"currency":"INR"}}]"#,
                "/lines/1/side required"
            ),
            (
                #"[{"account":"bank","side":"debit","amount":{"amount":7,"currency":"INR"}},{"account":"psp_fees","side":"credit","amount":{"amount":6,"currency":"INR"}}]"#,
                "/lines unbalanced"
            ),
            (
                #"[{"account":"bank","side":"debit","amount":{"amount":7,"currency":"INR"}},{"account":"nobody","side":"credit","amount":{"amount":7,"currency":"INR"}}]"#,
                "/lines/1/account invalid"
            ),
            (
                #"[{"account":"bank","side":"debit","amount":{"amount":7,"currency":"USD"}},{"account":"psp_fees","side":"credit","amount":{"amount":7,"currency":"INR"}}]"#,
                "/lines/0/amount/currency invalid"
            ),
        ])
    func refused(lines: String, code: String) async throws {
        try await LedgerFixture.with { shop in
            let answer = try await shop.post(
                "ledger/adjust", #"{"lines":\#(lines),"reason":"x"}"#, key: "adjust-0000000000002")
            let problem = try answer.problem
            #expect(answer.status == 422 && problem == code, "\(answer.text)")
        }
    }

    @Test func whoMay() async throws {
        try await LedgerFixture.with { shop in
            for (user, status) in [(nil, 401), (1, 403), (92, 403), (93, 403)] as [(Int64?, Int)] {
                let answer = try await shop.post("ledger/adjust", Self.balanced, by: user, key: "adjust-0000000000003")
                #expect(answer.status == status)
            }
        }
    }
}

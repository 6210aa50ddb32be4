// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing

@testable import Sandbox

/// Money that the merchant sends to banks.
@Suite(.timeLimit(.minutes(1))) struct PayoutTests {
    private static func fund(_ bench: SandboxBench) async throws -> String {
        let customer = try await bench.api("POST", "/v1/customers", #"{"email":"a@example.com"}"#).id
        let bank = #"{"name":"A","account_number":"11214311215411","ifsc":"HDFC0000053"}"#
        return try await bench.api(
            "POST", "/v1/fund_accounts",
            "{\"customer_id\":\"\(customer)\",\"account_type\":\"bank_account\",\"bank_account\":\(bank)}"
        ).id
    }

    private static func body(_ fund: String, _ extra: String = "", amount: Int = 5000) -> String {
        "{\"account_number\":\"7878780080316316\",\"fund_account_id\":\"\(fund)\",\"amount\":\(amount),\"currency\":\"INR\","
            + "\"mode\":\"IMPS\",\"purpose\":\"payout\"\(extra)}"
    }

    private static func payOut(
        _ bench: SandboxBench, _ body: String, key: String? = "payout 1"
    ) async throws -> SandboxBench.Answer {
        try await bench.send(
            "POST", "/v1/payouts", body, auth: .init(user: SandboxBench.keyID, password: SandboxBench.keySecret),
            headers: key.map { [(name: "X-Payout-Idempotency", value: $0)] } ?? [])
    }

    @Test func aKeyIsMandatoryAndMakesOnePayout() async throws {
        try await withSandbox { bench in
            let fund = try await Self.fund(bench)
            let without = try await Self.payOut(bench, Self.body(fund), key: nil)
            #expect(without.errorText == "The X-Payout-Idempotency header is required.")
            let made = try await Self.payOut(bench, Self.body(fund, #","reference_id":"r","notes":{"a":"b"}"#))
            #expect(made.id.hasPrefix("pout_"))
            #expect(made.json["status"]?.string == "processing")
            let again = try await Self.payOut(bench, Self.body(fund, #","notes":{"a":"b"},"reference_id":"r""#))
            #expect(again.text == made.text)
            #expect(try await Self.payOut(bench, Self.body(fund, amount: 5001)).status == 409)
            #expect(try await Self.payOut(bench, Self.body(fund), key: "key").status == 400)
            #expect(try await bench.api("GET", "/v1/payouts").json["count"]?.int == 1)
            #expect(try await bench.api("GET", "/v1/payouts?reference_id=r").json["count"]?.int == 1)
            #expect(try await bench.api("GET", "/v1/payouts?fund_account_id=fa_0").json["count"]?.int == 0)
            try await bench.advance(seconds: 10)
            let processed = try await bench.api("GET", "/v1/payouts/\(made.id)").json
            #expect(processed["status"]?.string == "processed")
            #expect(processed["utr"]?.string?.wholeMatch(of: /SBXN[0-9]{12}/) != nil)
            #expect(try await bench.receiver.take(1)[0].event() == "payout.processed")
        }
    }

    @Test func banksDecideByHand() async throws {
        try await withSandbox { bench in
            let fund = try await Self.fund(bench)
            let first = try await Self.payOut(bench, Self.body(fund)).id
            let second = try await Self.payOut(bench, Self.body(fund), key: "payout 2").id
            let failed = try await bench.control("POST", "/payouts/\(first)/failed")
            #expect(failed.json["status_details"]?["reason"]?.string == "beneficiary_bank_rejected")
            #expect(try await bench.control("POST", "/payouts/\(first)/processed").status == 400)
            #expect(try await bench.control("POST", "/payouts/\(second)/processed").status == 200)
            #expect(try await bench.control("POST", "/payouts/\(second)/reversed").json["status"]?.string == "reversed")
            #expect(try await bench.control("POST", "/payouts/\(second)/processing").status == 400)
            #expect(try await bench.control("POST", "/payouts/pout_0/failed").status == 400)
            try await bench.advance(seconds: 10)
            #expect(try await bench.api("GET", "/v1/payouts/\(first)").json["status"]?.string == "failed")
            let names = try await bench.events(3)
            #expect(names == ["payout.failed", "payout.processed", "payout.reversed"])
        }
    }

    @Test func refusesWhatCannotBePaidOut() async throws {
        try await withSandbox { bench in
            let fund = try await Self.fund(bench)
            let good = Self.body(fund)
            for (right, wrong) in [
                (fund, "fa_0"), ("5000", "99"), ("INR", "USD"), ("IMPS", "PIGEON"), ("\"purpose\"", "\"reason\""),
                ("\"account_number\"", "\"account\""),
            ] {
                let body = good.split(separator: right).joined(separator: wrong)
                #expect(try await Self.payOut(bench, body).status == 400)
            }
            #expect(try await bench.api("GET", "/v1/payouts/pout_0").status == 400)
            #expect(try await bench.api("GET", "/v1/payouts").json["count"]?.int == 0)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Testing

@testable import Payments

/// `POST /api/admin/reconciliation/run/`: asked for, worked off by jobs, read.
@Suite(.timeLimit(.minutes(2)))
struct RunReconciliationTests {
    private static func run(
        _ shop: PaymentsFixture, _ date: String, key: String? = "rec-1", user: Int64? = PaymentsFixture.admin
    ) async throws -> PaymentsFixture.Answer {
        try await shop.call(
            "POST", "/api/admin/reconciliation/run/", #"{"date":"\#(date)"}"#, user: user, key: key)
    }

    @Test func aDayIsComparedByJobsAndRead() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(1)
            shop.provider.add(payment: "pay_1", order: "order_1", amount: 2000)
            let today = try await shop.sql("select to_char(now() at time zone 'Asia/Kolkata', 'YYYY-MM-DD');")
            let asked = try await Self.run(shop, today)
            #expect(asked.status == 202)
            let id = try #require(try asked.json["id"]?.string)
            #expect(try asked.json["state"]?.string == "queued")
            let again = try await Self.run(shop, today)
            #expect(again.isReplay && again.response.body == asked.response.body)
            #expect(try await shop.sql("select count(*) from payments.reconciliations;") == "1")
            #expect(await shop.jobs.run() == 1)
            let detail = try await shop.call("GET", "/api/admin/reconciliation/detail/?id=\(id)", user: 9006)
            let json = try detail.json
            #expect(json["state"]?.string == "done")
            #expect(json["missing_here"]?.int == 1 && json["repaired"]?.int == 1 && json["open"]?.int == 0)
            let item = try #require(json["differences"]?.elements?.first)
            #expect(item["provider_id"]?.string == "pay_1" && item["repaired"]?.bool == true)
            #expect(try await shop.state(1) == "confirmed 3 1")
            let list = try await shop.call("GET", "/api/admin/reconciliation/list/", user: 9006)
            #expect(try list.json["data"]?.elements?.first?["id"]?.string == id)
            #expect(
                try await shop.sql("select action || ' ' || reason from platform.audit;")
                    == "reconciliation.requested \(today)")
        }
    }

    @Test(
        "a date that is none, or has not begun",
        arguments: ["2026-02-31", "2026-13-01", "2099-01-01", "26-01-01", "today"])
    func dates(_ date: String) async throws {
        try await PaymentsFixture.with { shop in
            let answer = try await Self.run(shop, date)
            #expect(answer.code == "validation-failed")
        }
    }

    @Test func whoMay() async throws {
        try await PaymentsFixture.with { shop in
            let early = try await Self.run(shop, "2026-11-01", key: nil, user: nil)
            #expect(early.code == "token-missing")
            #expect(try await Self.run(shop, "2026-11-01", user: nil).code == "token-missing")
            #expect(try await Self.run(shop, "2026-11-01", user: 7).code == "forbidden")
            #expect(try await Self.run(shop, "2026-11-01", user: 9006).code == "forbidden")
        }
    }

    @Test func oneKeyIsForOneDay() async throws {
        try await PaymentsFixture.with { shop in
            let first = try await Self.run(shop, "2026-11-01")
            let other = try await Self.run(shop, "2026-11-02")
            #expect(first.code == nil && other.code == "idempotency-key-reused")
            let empty = try await shop.call(
                "POST", "/api/admin/reconciliation/run/", "{}", user: PaymentsFixture.admin)
            #expect(empty.code == "validation-failed")
            #expect(try await shop.sql("select count(*) from payments.reconciliations;") == "1")
        }
    }
}

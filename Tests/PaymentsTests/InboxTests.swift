// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `GET /api/admin/ops/inbox/` and `POST /api/admin/ops/inbox/replay/`.
@Suite(.timeLimit(.minutes(2)))
struct InboxTests {
    private static func list(_ shop: PaymentsFixture, _ query: String = "", user: Int64? = 9004) async throws
        -> PaymentsFixture.Answer
    {
        try await shop.call("GET", "/api/admin/ops/inbox/\(query)", user: user)
    }

    private static func replay(
        _ shop: PaymentsFixture, _ ids: [String], key: String? = "replay-1", user: Int64? = PaymentsFixture.admin
    ) async throws -> PaymentsFixture.Answer {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        return try await shop.call("POST", "/api/admin/ops/inbox/replay/", #"{"ids":[\#(list)]}"#, user: user, key: key)
    }

    private static func outcomes(_ answer: PaymentsFixture.Answer) throws -> [String] {
        (try answer.json["results"]?.elements ?? []).map {
            "\($0["outcome"]?.string ?? "-") \($0["before"]?.string ?? "-") \($0["state"]?.string ?? "-")"
        }
    }

    /// One event of each state but `received`: processed, ignored, waiting, failed, conflict.
    private static func fill(_ shop: PaymentsFixture) async throws {
        try await shop.payableOrder(7)
        try await shop.payableOrder(8)
        let deliveries = [
            ("evt_paid", PaymentsFixture.event("payment.captured", order: "order_7")),
            ("evt_odd", PaymentsFixture.event("weird", order: "order_7")),
            ("evt_waits", PaymentsFixture.event("payment.captured", payment: "pay_W", order: "order_late")),
            ("evt_wrong", PaymentsFixture.event("payment.captured", order: "order_8")),
            ("evt_paid", PaymentsFixture.event("payment.captured", order: "order_8")),
        ]
        for (id, body) in deliveries {
            let answer = try await shop.deliver(body, event: id)
            #expect(answer.status == 200)
        }
    }

    @Test func whatWantsAnEyeIsListed() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.fill(shop)
            let all = try await Self.list(shop)
            let rows = try #require(try all.json["data"]?.elements)
            #expect(
                rows.map { "\($0["id"]?.string ?? "") \($0["state"]?.string ?? "")" } == [
                    "evt_paid conflict", "evt_wrong failed", "evt_waits waiting",
                ])
            #expect(rows[1]["note"]?.string == "the provider payment belongs to another attempt")
            let failed = try await Self.list(shop, "?state=failed")
            #expect(try failed.json["data"]?.elements?.count == 1)
            let named = try await Self.list(shop, "?event_id=evt_paid")
            #expect(
                Set((try named.json["data"]?.elements ?? []).compactMap { $0["state"]?.string }) == [
                    "processed", "conflict",
                ])
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await Self.list(shop, "?limit=1\(cursor)")
                let json = try page.json
                seen += (json["data"]?.elements ?? []).compactMap { $0["id"]?.string }
                cursor = json["page"]?["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen == ["evt_paid", "evt_wrong", "evt_waits"])
        }
    }

    @Test func replayingIsSafeWhateverIsNamed() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.fill(shop)
            let before = try await shop.sql("select count(*), sum(debit_minor) from ledger.lines;")
            let first = try await Self.replay(shop, ["evt_paid", "evt_odd", "evt_waits", "evt_wrong", "evt_none"])
            #expect(
                try Self.outcomes(first) == [
                    "duplicate processed processed", "duplicate ignored ignored", "waiting waiting waiting",
                    "refused failed failed", "unknown - -",
                ])
            #expect(try await shop.sql("select count(*), sum(debit_minor) from ledger.lines;") == before)
            // What stood in the way is gone: now it can be applied, once.
            _ = try await shop.sql("update payments.events set state = 'failed' where event_id = 'evt_waits';")
            _ = try await shop.sql(
                "update payments.payments set provider_order_id = 'order_late' where order_id = 8;")
            let second = try await Self.replay(shop, ["evt_waits"], key: "replay-2")
            #expect(try Self.outcomes(second) == ["applied failed replayed"])
            #expect(try await shop.state(8) == "confirmed 3 2")
            let third = try await Self.replay(shop, ["evt_waits"], key: "replay-3")
            #expect(try Self.outcomes(third) == ["duplicate replayed replayed"])
            let again = try await Self.replay(shop, ["evt_waits"], key: "replay-2")
            #expect(again.isReplay && again.response.body == second.response.body)
            #expect(
                try await shop.sql("select count(*) from platform.audit where action = 'inbox.replayed';") == "3")
            #expect(try await shop.sql("select count(*) from ledger.entries where kind = 'payment_captured';") == "2")
        }
    }

    @Test func aRefundsEventIsReplayedThroughItsOwnDoor() async throws {
        try await PaymentsFixture.with { shop in
            shop.refunds.use { _, _ in .refused("no") }
            let answer = try await shop.deliver(RefundEventTests.event("refund.processed"), event: "evt_r")
            #expect(answer.status == 200)
            shop.refunds.use { _, _ in .applied(nil) }
            let replayed = try await Self.replay(shop, ["evt_r"])
            #expect(try Self.outcomes(replayed) == ["applied failed replayed"])
        }
    }

    @Test func whatIsWrongAndWhoMay() async throws {
        try await PaymentsFixture.with { shop in
            let anonymous = try await Self.list(shop, user: nil)
            #expect(anonymous.code == "token-missing")
            #expect(try await Self.list(shop, user: 7).code == "forbidden")
            #expect(try await Self.list(shop, user: 9003).code == "forbidden")
            #expect(try await Self.list(shop, "?state=processed").code == "validation-failed")
            #expect(try await Self.list(shop, "?cursor=odd").code == "invalid-cursor")
            #expect(try await Self.replay(shop, ["x"], user: nil).code == "token-missing")
            #expect(try await Self.replay(shop, ["x"], user: 7).code == "forbidden")
            #expect(try await Self.replay(shop, ["x"], user: 9004).code == "forbidden")
            #expect(try await Self.replay(shop, []).code == "validation-failed")
            #expect(try await Self.replay(shop, (0..<51).map { "e\($0)" }, key: "replay-4").code == "validation-failed")
        }
    }
}

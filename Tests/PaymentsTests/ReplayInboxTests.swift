// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `POST /api/admin/ops/inbox/replay/`.
@Suite(.timeLimit(.minutes(2))) struct ReplayInboxTests {
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

    @Test func replayingIsSafeWhateverIsNamed() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.fillInbox()
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
            let anonymous = try await Self.replay(shop, ["x"], user: nil)
            #expect(anonymous.code == "token-missing")
            #expect(try await Self.replay(shop, ["x"], user: 7).code == "forbidden")
            #expect(try await Self.replay(shop, ["x"], user: 9004).code == "forbidden")
            #expect(try await Self.replay(shop, []).code == "validation-failed")
            #expect(try await Self.replay(shop, (0..<51).map { "e\($0)" }, key: "replay-4").code == "validation-failed")
        }
    }
}

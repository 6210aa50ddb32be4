// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

@testable import Payments

/// `GET /api/admin/ops/inbox/`.
@Suite(.timeLimit(.minutes(2))) struct ListInboxTests {
    private static func list(_ shop: PaymentsFixture, _ query: String = "", user: Int64? = 9004) async throws
        -> PaymentsFixture.Answer
    {
        try await shop.call("GET", "/api/admin/ops/inbox/\(query)", user: user)
    }

    @Test func whatWantsAnEyeIsListed() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.fillInbox()
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

    @Test func whatEndedWellIsListedPageByPage() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.fillInbox()
            _ = try await shop.database.sql(
                """
                insert into payments.events (provider, event_id, event_type, body_hash, body, state, received_at)
                select 'razorpay', 'evt_' || n, 'payment.captured', sha256('x'), 'x',
                       case n % 2 when 0 then 'processed' else 'ignored' end, now() - make_interval(days => (n + 1) / 2)
                  from generate_series(1, 6) n
                """)
            for (states, expected) in [
                ("ignored", ["evt_odd", "evt_1", "evt_3", "evt_5"]),
                ("processed", ["evt_paid", "evt_2", "evt_4", "evt_6"]),
                (
                    "processed,ignored,waiting",
                    [
                        "evt_waits", "evt_odd", "evt_paid", "evt_2", "evt_1", "evt_4", "evt_3", "evt_6", "evt_5",
                    ]
                ),
            ] {
                var seen: [String] = []
                var cursor = ""
                repeat {
                    let json = try await Self.list(shop, "?limit=2&state=\(states)\(cursor)").json
                    seen += (json["data"]?.elements ?? []).compactMap { $0["id"]?.string }
                    cursor = json["page"]?["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty
                #expect(seen == expected, "\(states)")
            }
        }
    }

    @Test func whatIsWrongAndWhoMay() async throws {
        try await PaymentsFixture.with { shop in
            let anonymous = try await Self.list(shop, user: nil)
            #expect(anonymous.code == "token-missing")
            #expect(try await Self.list(shop, user: 7).code == "forbidden")
            #expect(try await Self.list(shop, user: 9003).code == "forbidden")
            #expect(try await Self.list(shop, "?state=done").code == "validation-failed")
            #expect(try await Self.list(shop, "?state=processed,").code == "validation-failed")
            #expect(try await Self.list(shop, "?cursor=odd").code == "invalid-cursor")
        }
    }
}

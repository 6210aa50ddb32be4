// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct MarkAllReadTests {
    @Test func marksAllUntilAMoment() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(3)
            try await shop.base.pool.execute(
                "update notifications.notifications set created_at = '2026-01-01T00:00:00Z' where seq = 1")
            let early = try await shop.post("mark-all-read", #"{"before":"2026-01-02T00:00:00Z"}"#)
            #expect(early.status == 200 && early.text == #"{"updated":1,"unread_count":2}"#, "\(early.text)")
            let all = try await shop.post("mark-all-read", "{}")
            #expect(all.text == #"{"updated":2,"unread_count":0}"#)
            let again = try await shop.post("mark-all-read", "{}")
            #expect(again.text == #"{"updated":0,"unread_count":0}"#)
            #expect(try await shop.broken() == 0)
            let nobody = try await shop.post("mark-all-read", "{}", token: shop.binu)
            #expect(nobody.text == #"{"updated":0,"unread_count":0}"#)
        }
    }

    /// The time that the list shows is rounded down; what it was rounded from is meant.
    @Test func theTimeThatIsShownIsOfThatNotification() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(2)
            try await shop.base.pool.execute(
                "update notifications.notifications set created_at = '2026-01-01T00:00:00.123456Z' where seq = 1")
            try await shop.base.pool.execute(
                "update notifications.notifications set created_at = '2026-01-01T00:00:00.124Z' where seq = 2")
            let shown = try await shop.get("list/").json["data"]?.elements?.last?["created_at"]?.string
            #expect(shown == "2026-01-01T00:00:00.123Z")
            let marked = try await shop.post("mark-all-read", #"{"before":"\#(try #require(shown))"}"#)
            #expect(marked.text == #"{"updated":1,"unread_count":1}"#)
        }
    }

    /// What commits while the request waits for the counter was not there when it was asked.
    @Test func whatComesMeanwhileStaysUnread() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(1)
            let waiting =
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%mark_all_read_v1%'"
            // On its own: an answer awaited inside the other's transaction would wait for its end.
            let teller = try await HeldTelling.begin(shop.base)
            let answer = Task { try await shop.post("mark-all-read", "{}") }
            while try await shop.base.row(waiting) == "0" {}
            try await teller.commit()
            let marked = try await answer.value
            #expect(marked.text == #"{"updated":1,"unread_count":1}"#)
            let left = try await shop.get("list/?unread_only=true")
            #expect(try left.json["data"]?.elements?.compactMap { $0["type"]?.string } == ["order.expired"])
        }
    }

    @Test func aRepeatedKeyIsReplayed() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(1)
            let first = try await shop.post("mark-all-read", "{}", key: "all-1")
            try await shop.confirm(1, first: 80)
            let again = try await shop.post("mark-all-read", "{}", key: "all-1")
            #expect(again.text == first.text && again.header("Idempotent-Replayed") == "true")
            #expect(try await shop.unread() == 1)
            let wrong = try await shop.post("mark-all-read", #"{"before":"yesterday"}"#)
            #expect(wrong.status == 422 && wrong.code == "validation-failed")
            let stranger = try await shop.base.send("POST", "/api/notifications/mark-all-read/", "{}")
            #expect(stranger.status == 401)
        }
    }

    /// A transaction that has told Asha of something and is not over.
    private struct HeldTelling: Sendable {
        let told: Task<Void, any Error>
        let end: AsyncStream<Void>.Continuation

        static func begin(_ base: RoutesFixture) async throws -> HeldTelling {
            let (ends, end) = AsyncStream.makeStream(of: Void.self)
            let (starts, start) = AsyncStream.makeStream(of: Void.self)
            let told = Task {
                try await base.pool.withTransaction { transaction in
                    _ = try await transaction.query(
                        "select notifications.tell_v1('{900}', '{1}', '{900}', '{order.expired}', array['{}'], 1000)")
                    start.yield()
                    for await _ in ends { break }
                }
            }
            for await _ in starts { break }
            return HeldTelling(told: told, end: end)
        }

        func commit() async throws {
            end.yield()
            try await told.value
        }
    }
}

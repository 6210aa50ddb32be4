// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Operations
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct OperationsTests {
    /// Six jobs of two kinds; an admin who may read, one who may write, and a customer.
    struct Desk: Sendable {
        let base: RoutesFixture
        let reader: String
        let writer: String
        let customer: String

        func jobs(_ query: String = "", token: String? = nil) async throws -> TestClient.Answer {
            try await base.send("GET", "/api/admin/ops/jobs/\(query)", token: token ?? reader)
        }

        func retry(_ body: String, token: String? = nil, key: String? = nil) async throws -> TestClient.Answer {
            try await base.send("POST", "/api/admin/ops/jobs/retry/", body, token: token ?? writer, key: key)
        }

        func outbox(_ query: String = "") async throws -> TestClient.Answer {
            try await base.send("GET", "/api/admin/ops/outbox/\(query)", token: reader)
        }
    }

    static func with(
        holding held: HeldUnits = HeldUnits(all: []),
        showing board: ShopOverview = ShopOverview(shared: .init(), own: .init()),
        _ body: @escaping @Sendable (Desk) async throws -> Void
    ) async throws {
        try await RoutesFixture.with { base in
            base.serve(
                operationsRoutes(
                    OperationsDependencies(
                        pool: base.pool, gate: base.gate, transactions: base.transactions, cursors: base.cursors,
                        ports: OperationsPorts(heldReservations: { held.after($0, limit: $1) }, overview: { board }))))
            try await base.script(
                """
                insert into platform.jobs (kind, key, state, attempts, run_at, last_error, payload) values
                  ('mail.send', 'a', 'dead', 12, now() - interval '2 hours', 'Refusal 550', '{"address":"asha@example.org"}'),
                  ('mail.send', 'b', 'dead', 1, now() - interval '1 hour', 'the mail cannot be read', '{}'),
                  ('mail.send', 'c', 'ready', 3, now() + interval '10 minutes', 'Refusal 421', '{}'),
                  ('payment.late', 'd', 'ready', 0, now() - interval '2 minutes', null, '{}'),
                  ('payment.late', 'e', 'running', 1, now() + interval '50 seconds', null, '{}'),
                  ('payment.late', 'f', 'done', 1, now(), null, '{}')
                """)
            try await body(
                Desk(
                    base: base, reader: try await base.token(of: 1, roles: .admin, permissions: .opsRead),
                    writer: try await base.token(of: 2, roles: .admin, permissions: .opsWrite),
                    customer: try await base.token(of: 3)))
        }
    }

    private static func keys(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.compactMap { $0["key"]?.string } ?? []
    }

    @Test func showsWhatIsOwed() async throws {
        try await Self.with { desk in
            let wanted = try await desk.jobs()
            #expect(wanted.status == 200, "\(wanted.text)")
            #expect(try Self.keys(wanted) == ["a", "b", "d"], "dead and late ones")
            let dead = try await desk.jobs("?state=dead")
            #expect(try Self.keys(dead) == ["a", "b"])
            let first = try #require(try dead.json["data"]?.elements?.first)
            #expect(first["last_error"]?.string == "Refusal 550" && first["attempts"]?.int == 12)
            #expect(!dead.text.contains("asha@example.org"), "what a job holds is somebody's own")
            let kinds = try #require(try dead.json["kinds"]?.elements)
            #expect(kinds.map { $0["kind"]?.string } == ["mail.send", "payment.late"])
            #expect(kinds[0]["dead"]?.int == 2 && kinds[0]["ready"]?.int == 1 && kinds[0]["late_seconds"]?.int == 0)
            #expect(kinds[1]["running"]?.int == 1 && (kinds[1]["late_seconds"]?.int ?? 0) >= 120)
            for (query, expected) in [
                ("?state=ready", ["c", "d"]), ("?state=running", ["e"]), ("?state=late", ["d"]),
                ("?state=ready&kind=mail.send", ["c"]), ("?kind=payment.late", ["d"]),
                ("?state=dead&kind=payment.late", []),
            ] {
                let answer = try await desk.jobs(query)
                #expect(try Self.keys(answer) == expected, "\(query)")
            }
            let wrong = try await desk.jobs("?state=done")
            #expect(wrong.status == 400 && wrong.code == "malformed-request")
        }
    }

    @Test func pagesGoOnWhereTheyEnded() async throws {
        try await Self.with { desk in
            let first = try await desk.jobs("?limit=1")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await desk.jobs("?limit=2&cursor=\(cursor)")
            #expect(try Self.keys(first) + Self.keys(second) == ["a", "b", "d"])
            #expect(try second.json["page"]?["has_more"]?.bool == false)
            let other = try await desk.jobs("?limit=1&state=ready&cursor=\(cursor)")
            #expect(other.code == "invalid-cursor")
        }
    }

    @Test func showsTheOutbox() async throws {
        try await Self.with { desk in
            try await desk.base.script(
                """
                insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload, xid) values
                  ('order.created', 'order', 71, 1, '{"order_id":71,"user_id":2,"total_minor":500,"currency":"INR"}', null),
                  ('order.confirmed', 'order', 71, 2, '{"order_id":71}', null),
                  ('thing.done', 'thing', 5, 1, '{"thing_id":5}', default), ('user.blocked', 'user', 2, 1, '{}', default)
                """)
            let waiting = try await desk.outbox()
            #expect(waiting.status == 200, "\(waiting.text)")
            let types = try waiting.json["data"]?.elements?.compactMap { $0["type"]?.string }
            #expect(types == ["thing.done", "user.blocked"])
            let thing = try waiting.json["data"]?.elements?.first
            #expect(thing?["aggregate"]?["id"]?.string == "5" && thing?["data"]?["thing_id"]?.int == 5)
            let first = try await desk.outbox("?state=published&limit=1")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            #expect(try first.json["data"]?.elements?.first?["type"]?.string == "order.confirmed")
            let second = try await desk.outbox("?state=published&limit=1&cursor=\(cursor)")
            let created = try second.json["data"]?.elements?.first
            #expect(created?["data"]?["order_id"]?.string == "\(OrderID(rawValue: 71))")
            #expect(created?["aggregate"]?["id"]?.string == "\(OrderID(rawValue: 71))")
            #expect(created?["data"]?["total_minor"]?.int == 500)
            let wrong = try await desk.outbox("?state=lost")
            #expect(wrong.code == "malformed-request")
            let other = try await desk.outbox("?limit=1&cursor=\(cursor)")
            #expect(other.code == "invalid-cursor")
        }
    }

    @Test func isForThoseAloneWhoLookAfterIt() async throws {
        try await Self.with { desk in
            let seller = try await desk.base.token(of: 4, roles: .seller)
            let other = try await desk.base.token(of: 5, roles: .admin, permissions: .ordersRead)
            for path in [
                "/api/admin/ops/jobs/", "/api/admin/ops/outbox/", "/api/admin/ops/reservations/",
                "/api/admin/ops/overview/",
            ] {
                let stranger = try await desk.base.send("GET", path)
                #expect(stranger.status == 401)
                for token in [desk.customer, seller, other] {
                    let answer = try await desk.base.send("GET", path, token: token)
                    #expect(answer.status == 403)
                }
            }
            let body = #"{"jobs":[{"kind":"mail.send","key":"a"}]}"#
            let stranger = try await desk.base.send("POST", "/api/admin/ops/jobs/retry/", body)
            #expect(stranger.status == 401)
            for token in [desk.customer, seller, other, desk.reader] {
                let answer = try await desk.retry(body, token: token)
                #expect(answer.status == 403)
            }
            #expect(try await desk.base.row("select count(*) from platform.jobs where state = 'dead'") == "2")
        }
    }
}

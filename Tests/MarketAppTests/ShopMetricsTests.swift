// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Prometheus
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

@Suite(.timeLimit(.minutes(2))) struct ShopMetricsTests {
    private static let names = Set(ShopMetrics.families.map(\.name))

    /// The names that tools, tests and operators agreed on.
    @Test func everyAgreedNameIsThereAsItWasAgreed() {
        let agreed: [(name: String, labels: [String])] = [
            ("mve_http_requests_total", ["route", "method", "status"]),
            ("mve_http_request_duration_seconds", ["route"]), ("mve_http_connections", ["state"]),
            ("mve_http_refused_total", ["reason"]), ("mve_loop_lag_seconds", ["loop"]),
            ("mve_mailbox_depth", ["actor", "shard"]), ("mve_batch_size", ["actor"]),
            ("mve_batch_duration_seconds", ["actor"]), ("mve_batch_retries_total", ["actor", "class"]),
            ("mve_idempotency_total", ["outcome", "level"]), ("mve_reservations_held", []),
            ("mve_reservation_oldest_seconds", []), ("mve_inbox_waiting", []), ("mve_outbox_lag_seconds", []),
            ("mve_jobs", ["state"]), ("mve_invariant_ok", ["name"]), ("mve_postgres_connections", ["state"]),
            ("mve_postgres_errors_total", ["sqlstate_class"]), ("mve_redis_errors_total", ["kind"]),
        ]
        let families = Dictionary(uniqueKeysWithValues: ShopMetrics.families.map { ($0.name, $0) })
        for (name, labels) in agreed { #expect(families[name]?.labels == labels, "\(name)") }
    }

    @Test func namesFollowPrometheussHabits() {
        #expect(Self.names.count == ShopMetrics.families.count)
        for family in ShopMetrics.families {
            #expect(family.name.hasPrefix("mve_"))
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            if case .seconds(let bounds) = family.kind {
                #expect(family.name.hasSuffix("_seconds"), "\(family.name)")
                #expect(bounds == bounds.sorted() && Set(bounds).count == bounds.count)
            }
            #expect(family.help.hasSuffix(".") && family.help.utf8.count > 10, "\(family.name)")
        }
    }

    /// What the sources count under is announced, and what is announced is counted.
    @Test func theSourcesAndTheListAgree() throws {
        let base = Repository.root.appendingPathComponent("Sources")
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        var used: Set<String> = []
        for path in paths where path.hasSuffix(".swift") && !path.hasSuffix("App/ShopMetrics.swift") {
            if path.hasPrefix("Prometheus/") { continue }
            let text = try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8)
            for match in text.matches(of: /label: "(mve_[a-z_]+)"/) { used.insert(String(match.output.1)) }
        }
        #expect(used.subtracting(Self.names).isEmpty, "counted and not announced")
        #expect(Self.names.subtracting(used).isEmpty, "announced and not counted")
    }

    @Test func theDashboardShowsWhatThereIs() throws {
        let file = Repository.root.appendingPathComponent("deploy/grafana/mve.json")
        let board = try #require(
            try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Any])
        #expect(board["uid"] as? String == "mve")
        let panels = try #require(board["panels"] as? [[String: Any]])
        var shown: Set<String> = []
        var expressions: [String] = []
        var ids: Set<Int> = []
        for panel in panels where panel["type"] as? String != "row" {
            let title = panel["title"] as? String ?? "untitled"
            #expect(ids.insert(panel["id"] as? Int ?? -1).inserted, "\(title)")
            let targets = try #require(panel["targets"] as? [[String: Any]], "\(title)")
            #expect(!targets.isEmpty, "\(title)")
            for target in targets {
                let expression = try #require(target["expr"] as? String, "\(title)")
                let found = expression.matches(of: /mve_[a-z_]+/).map { Self.family(String($0.output)) }
                #expect(!found.isEmpty, "\(title)")
                for name in found { #expect(Self.names.contains(name), "\(title) shows \(name)") }
                shown.formUnion(found)
                expressions.append(
                    expression.replacing("$__rate_interval", with: "5m").replacing("$instance", with: ".*"))
            }
        }
        #expect(Self.names.subtracting(shown).isEmpty, "no panel shows them")
        let wrong = try Promtool.check(expressions: expressions)
        #expect(wrong == "")
    }

    /// The family of a series' name: histograms have three each.
    private static func family(_ name: String) -> String {
        for suffix in ["_bucket", "_sum", "_count"] where !names.contains(name) && name.hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return name
    }

    /// A timer that comes late shows for fifteen seconds.
    @Test func theLagOfALoopIsItsLatestTimers() {
        let executor = ManualExecutor()
        let lag = LoopLag(executor: executor, number: 0, now: 0, interval: .milliseconds(500))
        executor.perform {
            lag.assumeIsolated { lag in
                var now: UInt64 = 500_000_000
                #expect(lag.tick(at: now) == 0)
                now += 750_000_000
                #expect(lag.tick(at: now) == 0.25)
                for _ in 0..<29 {
                    now += 500_000_000
                    #expect(lag.tick(at: now) == 0.25)
                }
                now += 499_000_000
                #expect(lag.tick(at: now) == 0)
            }
        }
    }

    @Test func theBacklogIsReadFromItsTables() async throws {
        try await TestDatabase.with { database in
            try await Self.onLoop(database) { pool in
                let store = BacklogStore(client: pool)
                let (waiting, lag) = (try await store.inboxWaiting(), try await store.outboxLag())
                #expect(waiting == 0 && lag == 0)
            }
            _ = try await database.sql(
                """
                insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload, created_at, xid)
                values ('t', 'order', 1, 1, '{}', now() - interval '1 hour', null),
                       ('t', 'order', 1, 2, '{}', now() - interval '100 seconds', default),
                       ('t', 'order', 1, 3, '{}', now(), default);
                insert into payments.events (provider, event_id, event_type, body_hash, body, state)
                values ('razorpay', 'e1', 't', sha256('a'), 'a', 'waiting'), ('razorpay', 'e2', 't', sha256('b'), 'b', 'processed');
                """)
            try await Self.onLoop(database) { pool in
                let store = BacklogStore(client: pool)
                let (waiting, lag) = (try await store.inboxWaiting(), try await store.outboxLag())
                #expect(waiting == 1)
                #expect((100.0..<1000).contains(lag))
            }
        }
    }

    private static func onLoop(
        _ database: TestDatabase, _ body: @escaping @Sendable (PostgresPool) async throws -> Void
    ) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<Void, any Error>
        do {
            try await loop.run {
                let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                try await body(pool)
                await pool.close()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }
}

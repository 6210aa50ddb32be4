// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// `/metrics` of the running program.
@Suite(.timeLimit(.minutes(5))) struct MetricsTests {
    @Test func theServerShowsWhatItDid() async throws {
        try await LiveShop.with(stock: 3) { shop in
            let address = try #require(
                shop.server.log.lazy.compactMap { $0.firstMatch(of: /metrics on (http:\S+)\/metrics/) }.first?.output.1)
            let monitor = try TestClient(url: String(address))
            let result: Result<Void, any Error>
            do {
                result = .success(try await Self.check(shop, monitor))
            } catch {
                result = .failure(error)
            }
            await monitor.close()
            try result.get()
        }
    }

    private static func check(_ shop: LiveShop, _ monitor: TestClient) async throws {
        // Not on the port of the shop's clients.
        #expect(try await shop.client.get("/metrics").status == 404)
        let answers = try await shop.buy(try await shop.buyers(5))
        #expect(RaceTests.tally(answers) == ["201": 3, "409 insufficient-stock": 2])
        for _ in 0..<4 { _ = try await shop.client.get("/api/health/") }
        let answer = try await monitor.get("/metrics")
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        let series = Self.series(answer.text)
        #expect(series[#"mve_http_requests_total{route="health",method="GET",status="200"}"#] == 4)
        #expect(series[#"mve_http_requests_total{route="orders.create",method="POST",status="201"}"#] == 3)
        #expect(series[#"mve_http_requests_total{route="orders.create",method="POST",status="409"}"#] == 2)
        #expect(series[#"mve_http_requests_total{route="none",method="GET",status="404"}"#] == 1)
        #expect(series[#"mve_http_request_duration_seconds_count{route="orders.create"}"#] == 5)
        #expect(series[#"mve_http_request_duration_seconds_bucket{route="health",le="+Inf"}"#] == 4)
        let new = series.filter { $0.key.hasPrefix(#"mve_idempotency_total{outcome="new""#) }.values.reduce(0, +)
        #expect(new == 5)
        #expect(series[#"mve_batch_size_sum{actor="order"}"#] == 3)
        #expect((series[#"mve_batch_duration_seconds_count{actor="order"}"#] ?? 0) > 0)
        for name in ["mve_postgres_connections", "mve_redis_errors_total", "mve_http_connections", "mve_leader"] {
            #expect(series.keys.contains { $0.hasPrefix(name + "{") }, "\(name)")
        }
        for (actor, shards) in [("cart", 16), ("inventory", 16), ("idempotency", 16), ("order", 1), ("payment", 1)] {
            #expect(series["mve_actor_shards{actor=\"\(actor)\"}"] == Double(shards), "\(actor)")
        }
        for actor in ["cart", "order", "payment"] {
            #expect(series["mve_batch_max{actor=\"\(actor)\"}"] == 128, "\(actor)")
        }
        try await Self.waitForGauges(monitor)
        let text = try await monitor.get("/metrics").text
        let wrong = try Promtool.check(metrics: text)
        #expect(wrong == "")
    }

    /// What timers record is there once they have come.
    private static func waitForGauges(_ monitor: TestClient) async throws {
        let wanted = [
            #"mve_loop_lag_seconds{loop="0"}"#, #"mve_mailbox_depth{actor="order",shard="0"}"#,
            #"mve_mailbox_depth{actor="cart",shard="0"}"#, #"mve_mailbox_depth{actor="payment",shard="0"}"#,
            "mve_reservations_held", "mve_outbox_lag_seconds", "mve_inbox_waiting",
            #"mve_jobs{state="ready"}"#, #"mve_jobs{state="running"}"#, #"mve_jobs{state="dead"}"#,
        ]
        var series: [String: Double] = [:]
        // Counted anew by a timer: what it found before the orders goes by.
        while !wanted.allSatisfy({ series[$0] != nil }) || series["mve_reservations_held"] != 3 {
            series = Self.series(try await monitor.get("/metrics").text)
        }
        #expect(series["mve_inbox_waiting"] == 0)
        #expect(series[#"mve_jobs{state="dead"}"#] == 0, "none is zero, not silence")
    }

    /// Who leads and who follows record the same, from the start and not only once a minute has passed.
    @Test func everyServerRecordsEveryInvariant() async throws {
        try await LiveShop.with(.init(servers: 2), stock: 3) { shop in
            let names = Set(
                try await shop.database.sql(
                    "select name from platform.invariants_v4() union all select name from reviews.invariants_v1()"
                ).split(separator: "\n").map(String.init))
            #expect(names.count > 50)
            for server in shop.servers {
                let address = try #require(
                    server.log.lazy.compactMap { $0.firstMatch(of: /metrics on (http:\S+)\/metrics/) }.first?.output.1)
                let monitor = try TestClient(url: String(address))
                var found: Set<String> = []
                // They are read by a task of the start; the suite's time limit ends what never comes.
                while found.count < names.count {
                    let series = Self.series(try await monitor.get("/metrics").text)
                    let shown = series.filter { $0.key.hasPrefix("mve_invariant_ok{") }
                    #expect(shown.values.allSatisfy { $0 == 1 })
                    found = Set(shown.keys.map { String($0.dropFirst(#"mve_invariant_ok{name=""#.count).dropLast(2)) })
                }
                #expect(found == names)
                await monitor.close()
            }
        }
    }

    private static func series(_ text: String) -> [String: Double] {
        var series: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            series[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return series
    }
}

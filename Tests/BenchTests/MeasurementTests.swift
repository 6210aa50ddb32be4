// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing
import UVRuntime

@testable import bench

/// Whole runs against a real server over a fresh database. They end after a number of orders, not after a time.
struct MeasurementTests {
    private static let turns = Turns(1)

    private static func withServer(
        buyers count: Int, _ body: @Sendable (ServerProcess, TestDatabase, [Buyer]) async throws -> Void
    ) async throws {
        try await turns.with {
            try await TestDatabase.with { database in
                // Before the server starts: into a database without products it would load its demo catalogue.
                _ = try await database.sql(BenchFixture.catalogue)
                let buyers = try await BenchFixture.buyers(count, in: database)
                try await ServerProcess.with(.init(databaseURL: database.url)) { server in
                    try await body(server, database, buyers)
                }
            }
        }
    }

    private static func orders(
        _ count: Int, mixed: Bool = false, to url: String, _ database: TestDatabase, _ buyers: [Buyer],
        rate: Double? = nil, prefilled: Bool = false
    ) async throws -> Measurement.Result {
        var settings = LoadSettings(target: try LoadTarget(url))
        settings.connections = 4
        // Only a bound: the number of orders ends the run.
        settings.duration = .seconds(120)
        settings.ordersMax = count
        settings.rate = rate
        settings.isPrefilled = prefilled
        let scenario = try Scenario(
            parsing: Array(
                """
                {"name": "order", "kind": "order", "description": "test", "lines": 3, "mixed": \(mixed), "bars": []}
                """.utf8))
        var measurement = Measurement(scenario: scenario, settings: settings) { _ in }
        measurement.databaseURL = database.url
        measurement.buyers = buyers
        return try await measurement.run()
    }

    @Test func ordersInRoundsAddUp() async throws {
        try await Self.withServer(buyers: 16) { server, database, buyers in
            let result = try await Self.orders(40, to: server.url, database, buyers)
            let report = result.report
            #expect(report.mismatches == [])
            #expect(report.reconciled == true)
            #expect((report.requests, report.ok, report.refused, report.errors) == (40, 40, 0, 0))
            #expect(try await database.sql("select count(*) from orders.orders").hasPrefix("40"))
            #expect(try await database.sql("select count(*) from orders.order_lines").hasPrefix("120"))
            let json = try JSONDocument(parsing: report.jsonBytes()).root
            #expect(json["ok"]?.int == 40)
            #expect(json["reconciled"]?.bool == true)
            #expect(json["cpu"]?["server_us_per_request"]?.isNull == true)
            #expect((json["latency_us"]?["p50"]?.int ?? 0) > 0)
        }
    }

    @Test func mixedIterationsMeasureCartsToo() async throws {
        try await Self.withServer(buyers: 8) { server, database, buyers in
            let result = try await Self.orders(
                20, mixed: true, to: server.url, database, buyers, rate: 2000)
            #expect(result.report.mismatches == [])
            #expect(result.report.ok == 20)
            // The first cart is filled to see whether the server is there, and not measured.
            #expect((19...23).contains(result.carts?.ok ?? 0))
            #expect(result.carts?.latencies.count == result.carts.map { UInt64($0.ok) })
        }
    }

    @Test func prefilledCartsAreOrderedAsTheyAreAndOnce() async throws {
        try await Self.withServer(buyers: 9) { server, database, buyers in
            _ = try await database.sql(BenchFixture.fillEmptyCarts)
            let result = try await Self.orders(1000, to: server.url, database, buyers, prefilled: true)
            #expect(result.report.mismatches == [])
            // The first buyer's cart holds something else.
            #expect((result.report.requests, result.report.ok) == (8, 8))
            #expect(try await database.sql("select sum(total_minor) = 8 * 9000 from orders.orders").hasPrefix("t"))
            await #expect {
                _ = try await Self.orders(1000, to: server.url, database, buyers, prefilled: true)
            } throws: { error in
                guard case .usage(let text)? = error as? BenchError else { return false }
                return text.contains("cart-empty") && text.contains("cart-of-other-lines")
            }
            // Filled behind the server's back, one version higher, as the seed does.
            _ = try await database.sql("update carts.carts set version = version + 1;" + BenchFixture.fillEmptyCarts)
            let again = try await Self.orders(1000, to: server.url, database, buyers, prefilled: true)
            #expect(again.report.mismatches == [])
            #expect(again.report.ok == 8)
        }
    }

    @Test func prefilledCartsAreNotForTheMixedMode() async throws {
        try await Self.withServer(buyers: 1) { server, database, buyers in
            await #expect(throws: BenchError.self) {
                _ = try await Self.orders(1, mixed: true, to: server.url, database, buyers, prefilled: true)
            }
        }
    }

    @Test func anOrderWhoseAnswerWasLostIsSentAgainAndIsOneOrder() async throws {
        try await Self.withServer(buyers: 12) { server, database, buyers in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let address = try LoadTarget(server.url).address
            let relay = try await loop.run { try LossyRelay(to: address, loses: 5, on: loop) }
            let port = try await loop.run { relay.port }
            let result = try await Self.orders(12, to: "http://127.0.0.1:\(port)", database, buyers)
            #expect(try await loop.run { relay.swallowed } == 1)
            try await loop.run { relay.close() }
            await group.shutdown()
            #expect(result.tally.errors == ["connection-lost": 1])
            #expect(result.report.mismatches == [])
            #expect(result.report.ok == 11)
            #expect(try await database.sql("select count(*) from orders.orders").hasPrefix("12"))
        }
    }

    @Test func helloIsAnsweredAndNothingIsReconciled() async throws {
        try await Self.withServer(buyers: 1) { server, _, _ in
            var settings = LoadSettings(target: try LoadTarget(server.url))
            settings.connections = 2
            settings.duration = .milliseconds(200)
            let scenario = try Scenario(
                parsing: Array(
                    #"{"name": "hello", "kind": "hello", "description": "test", "path": "/api/health/"}"#.utf8))
            let result = try await Measurement(scenario: scenario, settings: settings) { _ in }.run()
            #expect(result.report.ok > 0)
            #expect((result.report.refused, result.report.errors) == (0, 0))
            #expect(result.report.reconciled == nil)
        }
    }

    @Test func aServerThatIsNotThereIsSaidAtOnce() async throws {
        var settings = LoadSettings(target: try LoadTarget("http://127.0.0.1:1"))
        settings.connections = 1
        let scenario = try Scenario(
            parsing: Array(#"{"name": "hello", "kind": "hello", "description": "test", "path": "/"}"#.utf8))
        let measurement = Measurement(scenario: scenario, settings: settings) { _ in }
        await #expect(throws: BenchError.self) { try await measurement.run() }
    }
}

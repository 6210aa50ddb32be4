// SPDX-License-Identifier: Apache-2.0
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import bench

/// The runs of a search, and what they wait for.
struct MeasurementLimitTests {
    private static let orders = #""kind": "order", "lines": 3"#

    @Test func everyRateIsMeasuredAgainAndToldBeforeItIsGivenUp() async throws {
        try await BenchShop.with(buyers: 1) { shop in
            var settings = LoadSettings(target: try LoadTarget(shop.server.url))
            settings.connections = 2
            settings.duration = .milliseconds(20)
            let lines = Mutex<[String]>([])
            let hello = Scenario(name: "hello", description: "test", kind: .hello(path: "/api/health/"), bars: [])
            let measurement = Measurement(scenario: hello, settings: settings) { line in
                lines.withLock { $0.append(line) }
            }
            // No answer takes so little.
            let report = try await measurement.limit(p99Max: 1).report
            let rates = Set(report.limitRuns.map(\.rate))
            #expect(report.limit == 0)
            #expect(!rates.isEmpty && report.limitRuns.count == 2 * rates.count)
            #expect(report.limitRuns.allSatisfy { $0.outcome == .missed && $0.waitingEvents == nil })
            let told = lines.withLock { $0.filter { $0.contains(" a second: missed (") } }
            let again = "; it is measured again"
            #expect(told == report.limitRuns.enumerated().map { "\($1)" + ($0.isMultiple(of: 2) ? again : "") })
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func aRunBeginsWhenTheEventsOfThoseBeforeItArePublished() async throws {
        try await BenchShop.with(buyers: 8) { shop in
            let hold = try await PublishingHold.begin(shop.database)
            let unlooked = try await shop.measure(Self.orders, requests: 8).report
            #expect(unlooked.waitingEvents == nil)
            // Longer than the settings allow: it bears them.
            let burdened = try await shop.measure(Self.orders, requests: 1) { $0.drainMax = .milliseconds(1) }.report
            #expect((burdened.waitingEvents ?? 0) >= 8)
            var telling = shop
            telling.say = { line in if line.contains("wait to be published") { hold.release() } }
            let waited = try await telling.measure(Self.orders, requests: 1) { $0.drainMax = .seconds(120) }.report
            #expect(waited.waitingEvents == 0)
            #expect((waited.ok, waited.mismatches) == (1, []))
            try await hold.end()
        }
    }

    /// A session because of which no server publishes.
    private struct PublishingHold: Sendable {
        private let session: Task<Void, any Error>
        private let ending: AsyncStream<Void>.Continuation

        static func begin(_ database: TestDatabase) async throws -> PublishingHold {
            let (ends, ending) = AsyncStream.makeStream(of: Void.self)
            let (starts, starting) = AsyncStream.makeStream(of: Void.self)
            let session = Task {
                defer { starting.finish() }
                let group = try EventLoopGroup(count: 1)
                let loop = group.loops[0]
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(
                        try await loop.run {
                            let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                            try await pool.withConnection { connection in
                                // The lock of whoever publishes (migration 0072).
                                try await connection.execute("select pg_advisory_lock(7229464213420001)")
                                starting.finish()
                                for await _ in ends { break }
                                try await connection.execute("select pg_advisory_unlock(7229464213420001)")
                            }
                            await pool.close()
                        })
                } catch {
                    outcome = .failure(error)
                }
                await group.shutdown()
                try outcome.get()
            }
            for await _ in starts {}
            return PublishingHold(session: session, ending: ending)
        }

        func release() { ending.finish() }

        func end() async throws {
            release()
            try await session.value
        }
    }
}

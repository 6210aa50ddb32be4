// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import Postgres
import Redis
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

/// What a server asks of its database before it serves and while it does (hot path rules 3 and 15).
@Suite(.timeLimit(.minutes(2))) struct DatabaseFitnessTests {
    /// The machine's clock, set wrong.
    private struct WrongClock: WallClock {
        let error: Duration

        func now() -> Timestamp { SystemClock().now() + error }
    }

    private static func with(
        _ body: @escaping @Sendable (TestDatabase, EventLoop, PostgresPool) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                    do {
                        try await body(database, loop, pool)
                    } catch {
                        await pool.close()
                        throw error
                    }
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

    /// Rule 3: every key of every batch that flies takes a lock of a table of fixed size.
    @Test func batchesThatDoNotFitTheLockTableAreRefused() async throws {
        try await Self.with { _, _, pool in
            let slots = try await pool.serverFacts().lockSlots
            let name = try await DatabaseFitness.check(pool, batchMax: 128)
            #expect(name.split(separator: ".").count == 3)
            let fits = slots / (DatabaseFitness.batchConnections * 4)
            #expect(try await DatabaseFitness.check(pool, batchMax: fits) == name)
            await #expect(throws: DependencyFailure.self) {
                try await DatabaseFitness.check(pool, batchMax: fits + 1)
            }
        }
    }

    /// Rule 15: deadlines are judged by the database's clock; a process that is more than two seconds off is not ready.
    @Test(arguments: [
        (Duration.zero, 200), (.seconds(1), 200), (.seconds(-1), 200), (.seconds(10), 503), (.seconds(-10), 503),
    ])
    func aClockThatIsOffMakesUnready(error: Duration, status: Int) async throws {
        try await Self.with { _, loop, pool in
            let redis = try #require(RedisConfiguration(url: "redis://127.0.0.1:1"))
            let routes = healthRoutes(
                pool: pool,
                redis: RedisClient(loop: loop, configuration: redis, logger: Logger(label: "test")),
                readiness: Readiness(), clock: WrongClock(error: error))
            let response = await Router(routes).respond(to: "GET /api/health/ready/ HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(response.status.code == status)
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(text.contains(#""clock":"\#(status == 200 ? "ok" : "off")""#), "\(text)")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import Postgres
import Redis
import UVRuntime

/// Our own connections to the services of the measured server.
struct MeasuredServices: Sendable {
    /// Reads only, also what takes minutes.
    let reader: PostgresPool
    /// For what has to be there before the clock starts.
    let writer: PostgresPool
    let redis: RedisClient?
    private let redisURL: String?

    init(database: String, redis url: String?, on loop: EventLoop) {
        var configuration = PostgresConfiguration(url: database)
        configuration.applicationName = "bench"
        // The invariants read whole tables.
        configuration.statementTimeout = .seconds(600)
        writer = PostgresPool(configuration: configuration, loop: loop)
        configuration.isReadOnly = true
        reader = PostgresPool(configuration: configuration, loop: loop)
        redisURL = url
        let quiet = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
        redis = url.flatMap { RedisConfiguration(url: $0) }.map { settings in
            var settings = settings
            // Emptying it takes longer than a key does.
            settings.commandTimeout = .seconds(10)
            settings.stallMax = .seconds(20)
            return RedisClient(loop: loop, configuration: settings, logger: quiet)
        }
    }

    /// - Throws: `BenchError` when there should be a Redis and is none.
    func start() async throws {
        guard let redisURL else { return }
        guard let redis else { throw BenchError.usage("\(redisURL) is no address of a Redis") }
        await redis.start()
        guard await redis.ready(within: .seconds(5)) else {
            throw BenchError.unreachable("Redis does not answer at \(redisURL)")
        }
    }

    func close() async {
        await reader.close()
        await writer.close()
        await redis?.close()
    }
}

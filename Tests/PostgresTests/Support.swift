// SPDX-License-Identifier: Apache-2.0
import Logging
import Postgres
import TestSupport
import UVRuntime

/// Runs `body` on a loop of its own with a fresh, empty database; both are gone afterwards.
func withDatabase<Value: Sendable>(
    _ body: @escaping @Sendable (EventLoop, PostgresConfiguration, TestDatabase) async throws -> Value
) async throws -> Value {
    try await TestDatabase.with(migrated: false) { database in
        try await withLoop { loop in try await body(loop, configuration(database.url), database) }
    }
}

/// As `withDatabase`, with one connection to it.
func withConnection<Value: Sendable>(
    _ change: @escaping @Sendable (inout PostgresConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (PostgresConnection) async throws -> Value
) async throws -> Value {
    try await withDatabase { loop, settings, _ in
        var settings = settings
        change(&settings)
        let connection = try await PostgresConnection.connect(settings, on: loop)
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// As `withDatabase`, with a pool.
func withPool<Value: Sendable>(
    _ change: @escaping @Sendable (inout PostgresConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (PostgresPool) async throws -> Value
) async throws -> Value {
    try await withDatabase { loop, settings, _ in
        var settings = settings
        change(&settings)
        let pool = PostgresPool(configuration: settings, loop: loop)
        do {
            let value = try await body(pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }
}

func configuration(_ url: String) -> PostgresConfiguration {
    var configuration = PostgresConfiguration(
        url: url, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    configuration.applicationName = "mve-tests"
    configuration.limits.reconnectDelayMin = .milliseconds(10)
    configuration.limits.reconnectDelayMax = .milliseconds(100)
    return configuration
}

/// Runs `body` on a loop of its own and ends the loop afterwards.
func withLoop<Value: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Value) async throws -> Value {
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let result: Result<Value, any Error>
    do {
        result = .success(try await loop.run { try await body(loop) })
    } catch {
        result = .failure(error)
    }
    await group.shutdown()
    return try result.get()
}

/// The error that `body` throws; nil when it throws none.
func failure<Value>(
    _ body: nonisolated(nonsending) () async throws(PostgresError) -> Value
) async -> PostgresError? {
    do throws(PostgresError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

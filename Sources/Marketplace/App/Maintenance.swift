// SPDX-License-Identifier: Apache-2.0
public import Logging
import MarketHTTP
import Postgres
import UVRuntime

/// What operators do to a database beside serving it: each command brings its own loop and, where nothing is configured,
/// uses the running server's private PostgreSQL or starts it for as long as it needs it.
public enum Maintenance {
    /// Applies the migrations that are missing; returns the files' names.
    ///
    /// - Throws: `DependencyFailure`, `ServiceFailure`.
    public static func migrate(_ configuration: AppConfiguration, logger: Logger) async throws -> [String] {
        try await withServices(configuration, logger) { url, loop in
            try await Application.migrate(databaseURL: url, on: loop).files
        }
    }

    /// Applies the migrations and adds what the options ask for and is missing.
    ///
    /// - Throws: `SeedError`, `DependencyFailure`, `ServiceFailure`.
    public static func seed(
        _ options: SeedOptions, _ configuration: AppConfiguration, logger: Logger
    ) async throws -> SeedReport {
        let isProduction = configuration.mode == .production
        // Before anything is started or written.
        if isProduction { throw SeedError.refusedInProduction }
        try options.check()
        return try await withServices(configuration, logger) { url, loop in
            _ = try await Application.migrate(databaseURL: url, on: loop)
            let tokens =
                options.tokensFile == nil ? nil : await AccessTokens(secret: try configuration.secretKey.load())
            return try await withPool(url, loop, logger) { pool in
                try await Seed.run(options, pool: pool, tokens: tokens, isProduction: isProduction)
            }
        }
    }

    /// What must hold at every moment and does not.
    ///
    /// - Throws: `DependencyFailure`, `ServiceFailure`.
    /// - Cost: reads whole tables.
    public static func check(_ configuration: AppConfiguration, logger: Logger) async throws -> [Invariant] {
        try await withServices(configuration, logger) { url, loop in
            try await withPool(url, loop, logger) { pool in
                try await loop.run { try await InvariantStore(client: pool).all() }
            }
        }
    }

    static func withPool<Value: Sendable>(
        _ url: String, _ loop: EventLoop, _ logger: Logger,
        _ body: (PostgresPool) async throws -> Value
    ) async throws -> Value {
        let pool = PostgresPool(configuration: PostgresConfiguration(url: url, logger: logger), loop: loop)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(pool))
        } catch {
            result = .failure(error)
        }
        try await loop.run { await pool.close() }
        return try result.get()
    }

    static func withServices<Value: Sendable>(
        _ configuration: AppConfiguration, _ logger: Logger, _ body: (String, EventLoop) async throws -> Value
    ) async throws -> Value {
        let services = try await EmbeddedServices.start(configuration, ownership: .shared, logger: logger)
        let result: Result<Value, any Error>
        do {
            let group = try EventLoopGroup(count: 1)
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(
                    try await DependencyFailure.wrapping { try await body(services.databaseURL, group.loops[0]) })
            } catch {
                outcome = .failure(error)
            }
            await group.shutdown()
            result = outcome
        } catch {
            result = .failure(error)
        }
        await services.stop()
        return try result.get()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCrypto
import Postgres
import TestSupport
import UVRuntime

@testable import MarketApp

/// A fresh database, and seeds of it whose passwords cost little.
enum SeedFixture {
    static func withSeed<Value: Sendable>(
        _ body: @escaping @Sendable ((SeedOptions) -> Seed, TestDatabase) async throws -> Value
    ) async throws -> Value {
        try await withPool { pool, database in
            try await body(
                { options in
                    var seed = Seed(options: options, pool: pool)
                    seed.passwordCost = .cheapest
                    return seed
                }, database)
        }
    }

    static func withPool<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresPool, TestDatabase) async throws -> Value
    ) async throws -> Value {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let pool = PostgresPool(
                configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(pool, database))
            } catch {
                result = .failure(error)
            }
            try await loop.run { await pool.close() }
            await group.shutdown()
            return try result.get()
        }
    }
}

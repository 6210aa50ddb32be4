// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestSupport
import UVRuntime

/// A pool on a loop of its own over a database of its own.
enum TestPool {
    /// Runs the body on the loop; everything is gone afterwards.
    static func with(_ body: @escaping @Sendable (EventLoop, PostgresPool) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                    let outcome: Result<Void, any Error>
                    do {
                        outcome = .success(try await body(loop, pool))
                    } catch {
                        outcome = .failure(error)
                    }
                    await pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }
}

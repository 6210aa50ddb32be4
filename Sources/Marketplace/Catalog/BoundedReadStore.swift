// SPDX-License-Identifier: Apache-2.0
public import Postgres
import UVRuntime

/// Runs each statement in a transaction of its own that the server ends soon: for searches and filters, whose cost whoever asks
/// decides. On a connection of its own, so that nothing waits behind it.
///
/// - Isolation: used on the pool's loop.
public struct BoundedReadStore: PostgresClient {
    /// The server's SQLSTATE for a statement that took too long.
    static let stopped = "57014"

    /// The slowest that is meant, the facets of 10,000 products, takes a tenth of a second; a machine that is twenty times as slow
    /// has other worries.
    public static let timeoutDefault: Duration = .seconds(2)

    private let pool: PostgresPool
    private let timeout: Duration

    /// Binds it to a loop's pool.
    public init(pool: PostgresPool, timeout: Duration = timeoutDefault) {
        self.pool = pool
        self.timeout = timeout
    }

    public func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        let milliseconds = timeout.wholeMilliseconds
        do {
            return try await pool.withTransaction(PostgresTransactionOptions(mode: .snapshot)) { transaction in
                try await transaction.execute(
                    "select set_config('statement_timeout', $1, true)", "\(milliseconds)")
                return try await transaction.run(call)
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.cancelled, outcome: .notExecuted, "\(error)")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Catalog
import Postgres
import Synchronization

/// Counts the statements that go through it.
final class CountingClient: PostgresClient {
    /// The same count for statements that somebody else runs.
    private struct Branch: PostgresClient {
        let trunk: CountingClient
        let client: BoundedReadStore

        func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
            trunk.made.withLock { $0.append(call.sql.text) }
            return try await client.run(call)
        }
    }

    private let pool: PostgresPool
    private let made = Mutex<[String]>([])

    init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// Counts what `client` runs as well.
    func through(_ client: BoundedReadStore) -> any PostgresClient { Branch(trunk: self, client: client) }

    /// The texts of the statements since the last look.
    func take() -> [String] {
        made.withLock { made in
            defer { made = [] }
            return made
        }
    }

    func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        made.withLock { $0.append(call.sql.text) }
        return try await pool.reads.run(call)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

extension BenchStore {
    /// Events that were committed and are still to be handed on; they have an index of their own.
    func waitingEvents() async throws(PostgresError) -> Int {
        try await client.query(
            "select count(*) from platform.outbox where published_at is null", timeout: Self.patience
        ).only().int(0)
    }
}

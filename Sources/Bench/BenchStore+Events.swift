// SPDX-License-Identifier: Apache-2.0
import Postgres

extension BenchStore {
    /// Events that were committed and are still to be handed on.
    func waitingEvents() async throws(PostgresError) -> Int {
        try await client.query(
            "select count(*) from platform.outbox_waiting_v1($1, $2)", Int64.min, Int32.max, timeout: Self.patience
        ).only().int(0)
    }
}

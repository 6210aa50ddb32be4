// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Reads how much waits in the tables through which contexts hand things on.
struct BacklogStore {
    let client: any PostgresClient

    /// Provider events that wait for the object they speak of; they have an index of their own.
    func inboxWaiting() async throws(PostgresError) -> Int {
        try await client.query("select count(*) from payments.events where state = 'waiting'").only().int(0)
    }

    /// Seconds since the oldest event of the outbox that waits was written; 0 where none does.
    func outboxLag() async throws(PostgresError) -> Double {
        let row = try await client.query(
            "select extract(epoch from clock_timestamp() - platform.outbox_oldest_v1())::float8"
        ).only()
        return max(0, try row.doubleOrNil(0) ?? 0)
    }
}

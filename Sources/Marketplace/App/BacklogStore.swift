// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Reads how much waits in the tables through which contexts hand things on.
struct BacklogStore {
    let client: any PostgresClient

    /// Provider events that wait for the object they speak of; they have an index of their own.
    func inboxWaiting() async throws(PostgresError) -> Int {
        try await client.query("select count(*) from payments.events where state = 'waiting'").only().int(0)
    }

    /// Seconds since the oldest event of the outbox that is not published was written; 0 where all are.
    ///
    /// The first by number, which the index gives at once: within a transaction's length that is the oldest.
    func outboxLag() async throws(PostgresError) -> Double {
        let rows = try await client.query(
            """
            select extract(epoch from clock_timestamp() - created_at)::float8 from platform.outbox
             where published_at is null order by id limit 1
            """)
        return try rows.first.map { row throws(PostgresError) in max(0, try row.double(0)) } ?? 0
    }
}

// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// For those who look after the outbox.
extension OutboxStore {
    /// Events that wait, the oldest first.
    public static func waiting(
        after: EventID?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [PublishedEvent] {
        let rows = try await client.query(
            """
            select id, type, aggregate_type, aggregate_id, seq, payload, created_at from platform.outbox_waiting_v1($1, $2)
            """, after?.rawValue ?? Int64.min, Int32(clamping: limit))
        return try events(rows)
    }

    /// Events that were handed on and not cleared away yet, the newest first.
    public static func published(
        before: EventID?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [PublishedEvent] {
        let rows = try await client.query(
            """
            select id, type, aggregate_type, aggregate_id, seq, payload, created_at from platform.outbox_published_v1($1, $2)
            """, before?.rawValue ?? Int64.max, Int32(clamping: limit))
        return try events(rows)
    }
}

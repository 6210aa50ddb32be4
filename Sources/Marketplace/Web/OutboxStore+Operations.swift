// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// For those who look after the outbox.
extension OutboxStore {
    /// Events that wait, the oldest first.
    public static func waiting(
        after: EventID?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [(event: PublishedEvent, publishedAt: Timestamp?)] {
        let rows = try await client.query(
            """
            select id, type, aggregate_type, aggregate_id, seq, payload, created_at, published_at from platform.outbox
             where published_at is null and id > $1 order by id limit $2
            """, after?.rawValue ?? Int64.min, Int64(limit))
        return try records(rows)
    }

    /// Events that were handed on and not cleared away yet, the newest first.
    public static func published(
        before: EventID?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [(event: PublishedEvent, publishedAt: Timestamp?)] {
        let rows = try await client.query(
            """
            select id, type, aggregate_type, aggregate_id, seq, payload, created_at, published_at from platform.outbox
             where published_at is not null and id < $1 order by id desc limit $2
            """, before?.rawValue ?? Int64.max, Int64(limit))
        return try records(rows)
    }

    private static func records(
        _ rows: PostgresRows
    ) throws(PostgresError) -> [(event: PublishedEvent, publishedAt: Timestamp?)] {
        var records: [(event: PublishedEvent, publishedAt: Timestamp?)] = []
        for row in rows {
            records.append(
                (try event(row), try row.timestampOrNil(7).map { Timestamp(microseconds: $0) }))
        }
        return records
    }
}

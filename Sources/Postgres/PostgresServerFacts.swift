// SPDX-License-Identifier: Apache-2.0

/// What a process must know about the server before it writes.
public struct PostgresServerFacts: Sendable {
    /// Such as 150020.
    public let version: Int
    /// `fsync`, `full_page_writes` and `synchronous_commit` keep what was acknowledged through a crash.
    public let isDurable: Bool
    /// In recovery, or sessions are read-only: not the place to write.
    public let isReadOnly: Bool
    /// Advisory and other locks that fit: `max_locks_per_transaction × (max_connections + max_prepared_transactions)`.
    public let lockSlots: Int
    /// Names this cluster and its history; caches keyed by it do not survive a restore or a failover.
    public let systemIdentifier: Int64
    /// The cluster's timeline.
    public let timeline: Int32
    /// Names this database among all that the cluster ever had (its oid).
    public let databaseIdentifier: Int64
    /// The server's clock, microseconds since 1970, at the time of the answer.
    public let clockMicroseconds: Int64

    /// Names the database and its history: what another one remembers under another name is not this one's.
    public var databaseName: String { "\(systemIdentifier).\(timeline).\(databaseIdentifier)" }
}

extension PostgresClient {
    /// Reads the facts.
    ///
    /// - Throws: `.server` 42501 when the role may not call `pg_control_system()` (by default every role may).
    public func serverFacts() async throws(PostgresError) -> PostgresServerFacts {
        let row = try await query(
            """
            select current_setting('server_version_num')::int,
              current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'
                and current_setting('synchronous_commit') <> 'off',
              pg_is_in_recovery() or current_setting('transaction_read_only') = 'on',
              current_setting('max_locks_per_transaction')::bigint
                * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint),
              system_identifier, timeline_id, clock_timestamp(),
              (select oid::bigint from pg_database where datname = current_database())
            from pg_control_system(), pg_control_checkpoint()
            """
        ).only()
        return PostgresServerFacts(
            version: try row.int(0), isDurable: try row.bool(1), isReadOnly: try row.bool(2), lockSlots: try row.int(3),
            systemIdentifier: try row.int64(4), timeline: try row.int32(5), databaseIdentifier: try row.int64(7),
            clockMicroseconds: try row.timestamp(6))
    }

    /// Makes sure that what this session commits is on disk when it is acknowledged.
    ///
    /// - Throws: `.notDurable` for a replica, a read-only session, or durability switched off.
    @discardableResult
    public func requireDurablePrimary() async throws(PostgresError) -> PostgresServerFacts {
        let facts = try await serverFacts()
        if facts.isReadOnly {
            throw PostgresError(.notDurable, outcome: .notExecuted, "the session cannot write: not the primary")
        }
        if !facts.isDurable {
            throw PostgresError(
                .notDurable, outcome: .notExecuted, "fsync, full_page_writes and synchronous_commit must not be off")
        }
        return facts
    }
}

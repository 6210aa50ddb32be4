// SPDX-License-Identifier: Apache-2.0
public import Postgres

/// Sends news to the other processes through the database.
public struct ChangeStore: Sendable {
    private let postgres: any PostgresClient

    /// Makes a store over a client of the announcer's loop.
    public init(postgres: any PostgresClient) {
        self.postgres = postgres
    }

    /// Notifies a channel once per payload, in one transaction of its own.
    ///
    /// - Cost: the commits of notifications are serialised over the whole database, so this is no part of another transaction.
    func notify(_ kind: SharedChange.Kind, _ payloads: [String]) async throws(PostgresError) {
        try await postgres.execute("select platform.notify_v1($1, $2)", kind.rawValue, payloads)
    }

    /// Tells every process of a change with the commit of it: for what must not wait for news, which a process that dies in between
    /// never sends. It is told of once more afterwards by ``ChangeNews``, which this process hears at once.
    ///
    /// - Cost: a statement; the transaction's commit is one of those that are serialised over the whole database. For writes that are
    ///   rare, never for orders or carts (hot path rule 13).
    public static func tell(
        _ change: SharedChange, in transaction: some PostgresClient
    ) async throws(PostgresError) {
        let payloads = ChangeAnnouncer.payloads(ChangeMessage.nobody, change.rows.map(Set.init))
        try await transaction.execute("select platform.notify_v1($1, $2)", change.kind.rawValue, payloads)
    }
}

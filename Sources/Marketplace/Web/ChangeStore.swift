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
}

// SPDX-License-Identifier: Apache-2.0
public import Postgres

/// Who leads, in the database, by its clock.
public struct LeaseStore: Sendable {
    private let postgres: any PostgresClient

    /// Makes a store over a client of the lease's loop.
    public init(postgres: any PostgresClient) {
        self.postgres = postgres
    }

    /// Takes the lead when nobody has it, or keeps it; whether it is ours now.
    func lead(_ role: String, _ instance: PostgresUUID, lifetime: Int32) async throws(PostgresError) -> Bool {
        try await postgres.query("select platform.lead_v1($1, $2, $3)", role, instance, lifetime).only().bool(0)
    }

    /// Gives the lead back.
    func release(_ role: String, _ instance: PostgresUUID) async throws(PostgresError) {
        try await postgres.execute(
            "update platform.leases set lease_until = '-infinity' where role = $1 and instance = $2", role, instance)
    }
}

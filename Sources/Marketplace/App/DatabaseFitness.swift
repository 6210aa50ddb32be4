// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Whether a database can keep what we promise: asked at the start, before anything is served (hot path rules 3 and 15).
enum DatabaseFitness {
    /// Deadlines are judged by the database's clock: past this difference ours is not to be trusted.
    static let clockOffsetMax: Duration = .seconds(2)
    /// The connections of the batches of each kind in a process: batches follow each other on one, and the other is for those
    /// that are not to wait behind one that is stuck.
    static let writers = 2
    /// The connections on which batches fly in a process: of orders, payments and carts.
    static let batchConnections = writers * 3

    /// Checks primary, durability and lock table.
    ///
    /// - Returns: a name that tells this database from every other and from its own past, for what Redis remembers of it.
    /// - Throws: `DependencyFailure`, `PostgresError`.
    static func check(_ pool: PostgresPool, batchMax: Int) async throws -> String {
        let facts = try await pool.requireDurablePrimary()
        // Every key of a batch takes an advisory lock; payments take one per event. Another process may do the same.
        let needed = batchMax * batchConnections * 4
        guard facts.lockSlots >= needed else {
            throw DependencyFailure(
                "max_locks_per_transaction × max_connections is \(facts.lockSlots), and batches of \(batchMax) need \(needed)"
            )
        }
        return facts.databaseName
    }
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Something that must hold at every moment, as the database finds it now.
public struct Invariant: Sendable, Equatable {
    /// Its name, such as `stock.available_not_negative`.
    public let name: String
    /// Whether it holds.
    public let holds: Bool
    /// How many rows break it.
    public let offenders: Int64
}

/// Reads the invariants.
struct InvariantStore {
    let client: any PostgresClient

    /// Reservations of unpaid orders: how many, and how long the oldest has been held.
    func reservations() async throws(PostgresError) -> (held: Int, oldestSeconds: Double) {
        let row = try await client.query(
            """
            select count(*), coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8
              from inventory.reservations where state = 'held'
            """
        ).only()
        return (try row.int(0), try row.double(1))
    }

    /// All of them, in one snapshot.
    func all() async throws(PostgresError) -> [Invariant] {
        let rows = try await client.query(
            "select name, ok, value from platform.invariants_v1() order by name", timeout: .seconds(600))
        var invariants: [Invariant] = []
        for row in rows {
            invariants.append(
                Invariant(name: try row.string(0), holds: try row.bool(1), offenders: try row.int64(2)))
        }
        return invariants
    }
}

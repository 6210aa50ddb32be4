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

    /// Reservations of unpaid orders: how many, and how long the one that ends first has been held.
    ///
    /// Both from the index of what is due: a million held rows, a quarter of an hour of a flash sale, are counted in 0.1 s, where reading
    /// them took 0.23 s of a core beside the orders. All are held for the same time, so that the first to end is the oldest.
    func reservations() async throws(PostgresError) -> (held: Int, oldestSeconds: Double) {
        let row = try await client.query(
            """
            select (select count(*) from inventory.reservations where state = 'held'),
                   coalesce(extract(epoch from clock_timestamp() - (
                     select created_at from inventory.reservations where state = 'held' order by expires_at limit 1)), 0)::float8
            """
        ).only()
        return (try row.int(0), try row.double(1))
    }

    /// The next step of an area (`InvariantPass`); what it finds is kept.
    ///
    /// - Returns: how many rows it looked at, and whether they were the last ones.
    func step(_ area: String, rows: Int) async throws(PostgresError) -> (rows: Int, isFinished: Bool) {
        let row = try await client.query(
            "select checked, finished from platform.invariants_step_v5($1, $2)", area, Int32(rows),
            timeout: .seconds(30)
        ).only()
        return (try row.int(0), try row.bool(1))
    }

    /// All of them as the steps found them: broken from the first offender until a whole round has found none.
    func state() async throws(PostgresError) -> [Invariant] {
        try await read("select name, ok, value from platform.invariants_state_v5() order by name", .seconds(5))
    }

    /// All of them, in one snapshot.
    func all() async throws(PostgresError) -> [Invariant] {
        try await read(
            """
            select name, ok, value from platform.invariants_v4()
            union all select name, ok, value from reviews.invariants_v1() order by name
            """, .seconds(600))
    }

    private func read(_ sql: PostgresSQL, _ timeout: Duration) async throws(PostgresError) -> [Invariant] {
        var invariants: [Invariant] = []
        for row in try await client.query(sql, timeout: timeout) {
            invariants.append(
                Invariant(name: try row.string(0), holds: try row.bool(1), offenders: try row.int64(2)))
        }
        return invariants
    }
}

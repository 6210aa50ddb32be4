// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// An order of this run's buyers as the database has it.
struct StoredOrder: Equatable, Sendable {
    var id: OrderID
    var user: UserID
    /// The note, in which the generator put its key.
    var note: String?
    var total: Int64
    var lines: Int
}

/// Reads what a run needs to know beforehand and is judged by afterwards. It reads across all schemas, because nobody else
/// sees whether what the API acknowledged is what the tables say; it writes nothing.
struct BenchStore: Sendable {
    let client: any PostgresClient

    /// Whole tables are read: minutes on a large database.
    private static let patience = Duration.seconds(600)
    /// Users per statement, so that the orders of a long run come in results of a bounded size.
    private static let usersChunk = 2000

    /// The database's clock in microseconds since 1970.
    func now() async throws(PostgresError) -> Int64 {
        try await client.query("select clock_timestamp()").only().timestamp(0)
    }

    /// The process that serves this session, if it may be on our machine.
    func backend() async throws(PostgresError) -> Int32? {
        let row = try await client.query(
            "select pg_backend_pid(), coalesce(inet_server_addr() <<= inet '127.0.0.0/8', true) from pg_class limit 1"
        ).only()
        return try row.bool(1) ? try row.int32(0) : nil
    }

    /// Variants that can be bought one by one and have at least `units` available, in the order of their ids.
    func variants(withUnits units: Int, limit: Int?) async throws(PostgresError) -> [VariantID] {
        let rows = try await client.query(
            """
            select s.variant_id from inventory.stock s join catalog.variants v on v.id = s.variant_id
             where s.sellable and s.on_hand - s.reserved >= $1 and v.min_quantity = 1 and v.step = 1 and v.currency = 'INR'
             order by s.variant_id limit $2
            """, Int32(clamping: units), limit.map { Int64($0) })
        var variants: [VariantID] = []
        for row in rows { variants.append(VariantID(rawValue: try row.int64(0))) }
        return variants
    }

    /// The orders of these users since a moment of the database's clock.
    func orders(of users: [UserID], since: Int64) async throws(PostgresError) -> [StoredOrder] {
        var orders: [StoredOrder] = []
        var start = 0
        while start < users.count {
            let end = min(start + Self.usersChunk, users.count)
            var parameters = PostgresParameters()
            parameters.appendArray(users[start..<end]) { $0.rawValue }
            parameters.append(PostgresTimestamp(microseconds: since))
            let rows = try await client.query(
                """
                select o.id, o.user_id, o.customer_note, o.total_minor,
                       (select count(*) from orders.order_lines l where l.order_id = o.id)
                  from orders.orders o where o.user_id = any ($1) and o.created_at >= $2
                """, with: parameters, timeout: Self.patience)
            for row in rows {
                orders.append(
                    StoredOrder(
                        id: OrderID(rawValue: try row.int64(0)), user: UserID(rawValue: try row.int64(1)),
                        note: try row.stringOrNil(2), total: try row.int64(3), lines: try row.int(4)))
            }
            start = end
        }
        return orders
    }

    /// Units that stock says are reserved, and units that reservations hold; one snapshot.
    func reservedUnits() async throws(PostgresError) -> (stock: Int64, reservations: Int64) {
        let row = try await client.query(
            """
            select (select coalesce(sum(s.reserved), 0)::bigint from inventory.stock s),
                   (select coalesce(sum(q), 0)::bigint from inventory.reservations r cross join lateral unnest(r.quantities) q
                     where r.state in ('held', 'committed'))
            """, timeout: Self.patience
        ).only()
        return (try row.int64(0), try row.int64(1))
    }

    /// The names of the invariants that do not hold.
    func brokenInvariants() async throws(PostgresError) -> [String] {
        let rows = try await client.query(
            "select name from platform.invariants_v1() where not ok order by name", timeout: Self.patience)
        var names: [String] = []
        for row in rows { names.append(try row.string(0)) }
        return names
    }
}

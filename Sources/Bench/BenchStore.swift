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
    /// As `LineList` writes them.
    var lines: String
    /// Units that its reservations hold.
    var reserved: Int64
    /// Units of its lines.
    var units: Int64
    /// What its seller orders add up to.
    var sellerTotal: Int64
}

/// Reads what a run needs to know beforehand and is judged by afterwards. It reads across all schemas, because nobody else
/// sees whether what the API acknowledged is what the tables say; it writes nothing.
struct BenchStore: Sendable {
    let client: any PostgresClient

    /// Whole tables are read: minutes on a large database.
    static let patience = Duration.seconds(600)
    /// Users or events per statement, so that the rows of a long run come in results of a bounded size.
    static let chunk = 2000

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

    /// The orders of these users since a moment of the database's clock.
    func orders(of users: [UserID], since: Int64) async throws(PostgresError) -> [StoredOrder] {
        var orders: [StoredOrder] = []
        var start = 0
        while start < users.count {
            let end = min(start + Self.chunk, users.count)
            var parameters = PostgresParameters()
            parameters.appendArray(users[start..<end]) { $0.rawValue }
            parameters.append(PostgresTimestamp(microseconds: since))
            let rows = try await client.query(
                """
                select o.id, o.user_id, o.customer_note, o.total_minor, l.list, r.units, l.units, s.total
                  from orders.orders o
                  cross join lateral (
                    select coalesce(string_agg(l.variant_id || 'x' || l.quantity, ',' order by l.variant_id), '') list,
                           coalesce(sum(l.quantity), 0)::bigint units
                      from orders.order_lines l where l.order_id = o.id) l
                  cross join lateral (
                    select coalesce(sum(q), 0)::bigint units
                      from inventory.reservations r cross join lateral unnest(r.quantities) q
                     where r.order_id = o.id and r.state in ('held', 'committed')) r
                  cross join lateral (
                    select coalesce(sum(s.total_minor), 0)::bigint total from orders.seller_orders s
                     where s.order_id = o.id) s
                 where o.user_id = any ($1) and o.created_at >= $2
                """, with: parameters, timeout: Self.patience)
            for row in rows {
                orders.append(
                    StoredOrder(
                        id: OrderID(rawValue: try row.int64(0)), user: UserID(rawValue: try row.int64(1)),
                        note: try row.stringOrNil(2), total: try row.int64(3), lines: try row.string(4),
                        reserved: try row.int64(5), units: try row.int64(6), sellerTotal: try row.int64(7)))
            }
            start = end
        }
        return orders
    }

    /// What the carts of these users hold, as `LineList` writes it; empty carts are left out.
    func cartLines(of users: [UserID]) async throws(PostgresError) -> [UserID: String] {
        var lines: [UserID: String] = [:]
        var start = 0
        while start < users.count {
            let end = min(start + Self.chunk, users.count)
            var parameters = PostgresParameters()
            parameters.appendArray(users[start..<end]) { $0.rawValue }
            let rows = try await client.query(
                """
                select c.user_id, string_agg(l.variant_id || 'x' || l.quantity, ',' order by l.variant_id)
                  from carts.carts c join carts.cart_lines l on l.cart_id = c.id
                 where c.user_id = any ($1) group by c.user_id
                """, with: parameters, timeout: Self.patience)
            for row in rows { lines[UserID(rawValue: try row.int64(0))] = try row.string(1) }
            start = end
        }
        return lines
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
            "select name from platform.invariants_v4() where not ok order by name", timeout: Self.patience)
        var names: [String] = []
        for row in rows { names.append(try row.string(0)) }
        return names
    }
}

// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension OrderStore {
    /// The state of a user's order; nil when it is somebody else's or there is none.
    ///
    /// - Cost: one statement over two indexes; one more once it is under way.
    func state(_ id: OrderID, of user: UserID) async throws -> OrderState? {
        let rows = try await postgres().query(
            """
            select o.id, o.status, orders.payment_rank_v1(o.id, o.payment_method, o.payment_rank), o.payment_method,
                   o.reserved_until, o.updated_at, o.version, s.id, s.status
              from orders.orders o left join orders.seller_orders s on s.order_id = o.id
             where o.id = $1 and o.user_id = $2 order by s.id
            """, id.rawValue, user.rawValue)
        guard let first = rows.first else { return nil }
        var state = OrderState(
            head: OrderHead(
                id: OrderID(rawValue: try first.int64(0)), status: try Self.status(first, 1),
                payment: PaymentStatus(rank: try first.int16(2), method: try first.string(3)),
                reservedUntil: Timestamp(microseconds: try first.timestamp(4)), version: try first.int64(6)),
            parts: [], updatedAt: Timestamp(microseconds: try first.timestamp(5)))
        for row in rows {
            guard let part = try row.int64OrNil(7) else { continue }
            state.parts.append((SellerOrderID(rawValue: part), try Self.partStatus(try row.string(8))))
        }
        if state.parts.contains(where: \.status.hasShipments) { state.shipments = try await shipments(of: id) }
        return state
    }

    /// The versions that orders are at; one that does not exist is left out.
    func versions(of orders: [OrderID]) async throws -> [OrderID: Int64] {
        let rows = try await postgres().query(
            // By the index whatever the statistics: a plan that was made while there were few orders is kept for many.
            """
            select o.id, o.version from unnest($1::bigint[]) wanted(id)
             cross join lateral (select i.id, i.version from orders.orders i where i.id = wanted.id limit 1) o
            """, orders.map(\.rawValue))
        var versions: [OrderID: Int64] = [:]
        for row in rows { versions[OrderID(rawValue: try row.int64(0))] = try row.int64(1) }
        return versions
    }
}

// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import Postgres

extension OrderStore {
    /// What a line of the user's own orders is about, and whether it has arrived, whatever became of it afterwards; nil for a
    /// line that is not theirs.
    ///
    /// - Cost: the user's orders by their index, and the lines of each by their key: lines have no index of their own id, which
    ///   every order would pay for.
    public func deliveredLine(
        _ id: OrderLineID, of user: UserID
    ) async throws -> (product: ProductID, seller: SellerID, isDelivered: Bool)? {
        let row = try await postgres().first(
            """
            select l.product_id, l.seller_id, s.status
              from orders.orders o
              join orders.order_lines l on l.order_id = o.id
              join orders.seller_orders s on s.id = l.seller_order_id
             where o.user_id = $1 and l.id = $2
            """, user.rawValue, id.rawValue)
        guard let row else { return nil }
        let status = SellerOrderStatus(rawValue: try row.string(2))
        return (
            ProductID(rawValue: try row.int64(0)), SellerID(rawValue: try row.int64(1)),
            status.map(Self.hasArrived) ?? false
        )
    }

    /// Whether any part of the user's orders has arrived.
    ///
    /// - Cost: the user's orders by their index until the first one that has.
    public func hasDelivery(_ user: UserID) async throws -> Bool {
        let arrived = SellerOrderStatus.allCases.filter(Self.hasArrived).map(\.rawValue)
        return try await postgres().query(
            """
            select exists (select 1 from orders.orders o join orders.seller_orders s on s.order_id = o.id
                            where o.user_id = $1 and s.status = any ($2))
            """, user.rawValue, arrived
        ).only().bool(0)
    }

    /// Whether parts in this state have been delivered.
    private static func hasArrived(_ status: SellerOrderStatus) -> Bool {
        switch status {
        case .delivered, .completed, .returnInProgress, .partiallyReturned, .returned: true
        case .pendingPayment, .placed, .accepted, .packed, .shipped, .outForDelivery, .rejected, .cancelled,
            .deliveryFailed, .rto, .rtoReceived:
            false
        }
    }
}

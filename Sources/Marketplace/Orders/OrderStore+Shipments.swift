// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// The parcels of an order with what befell them, oldest first.
    ///
    /// - Cost: one statement, led by the index of the order's parcels.
    func shipments(of order: OrderID) async throws -> [Shipment] {
        let rows = try await postgres().query(
            """
            select h.id, h.seller_order_id, h.carrier, h.tracking_number, h.tracking_url, h.eway_bill, h.line_ids,
                   h.quantities, h.status, h.shipped_at, h.delivered_at, e.at, e.code, e.text, e.location
              from orders.shipments h join orders.shipment_events e on e.shipment_id = h.id
             where h.order_id = $1 order by h.id, e.id
            """, order.rawValue)
        var shipments: [Shipment] = []
        for row in rows {
            let id = ShipmentID(rawValue: try row.int64(0))
            if shipments.last?.id != id { shipments.append(try Self.shipment(id, row)) }
            shipments[shipments.count - 1].events.append(
                Shipment.Event(
                    at: Timestamp(microseconds: try row.timestamp(11)), code: try row.string(12),
                    text: try row.stringOrNil(13), location: try row.stringOrNil(14)))
        }
        return shipments
    }

    private static func shipment(_ id: ShipmentID, _ row: PostgresRow) throws -> Shipment {
        let lines: [Int64] = try row.decode(6)
        let quantities: [Int32] = try row.decode(7)
        return Shipment(
            id: id, part: SellerOrderID(rawValue: try row.int64(1)), carrier: try row.string(2),
            trackingNumber: try row.stringOrNil(3), trackingURL: try row.stringOrNil(4),
            ewayBill: try row.stringOrNil(5),
            lines: zip(lines, quantities).map { (OrderLineID(rawValue: $0), Int($1)) }, status: try row.string(8),
            shippedAt: Timestamp(microseconds: try row.timestamp(9)),
            deliveredAt: try row.timestampOrNil(10).map { Timestamp(microseconds: $0) }, events: [])
    }
}

// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// Moves parts of an order, in the transaction of the store's writer, or in one of its own where that is a pool.
    ///
    /// - Parameters:
    ///   - ids: makes the ids of what the move writes.
    ///   - windowDays: the return window of goods that state none.
    ///   - leavingStock: units do not move yet: `shift` has to follow in the same transaction, when its answer has been read.
    func move(
        _ move: SellerOrderMove, ids: IDGenerator, windowDays: Int, leavingStock: Bool = false
    ) async throws -> MovedSellerOrders {
        let client = writer()
        // Two ids for each part and one for each line, of the whole order: more than any move takes.
        let count = try await client.query(
            """
            select count(distinct seller_order_id) * 2 + count(*) from orders.order_lines
             where order_id = coalesce($1, (select s.order_id from orders.seller_orders s where s.id = $2))
            """, move.order?.rawValue, move.parts?.first?.rawValue
        ).only().int(0)
        let who = move.columns
        var parameters = PostgresParameters()
        parameters.append(move.order?.rawValue)
        parameters.append(move.parts.map { $0.map(\.rawValue) })
        parameters.append(move.target.rawValue)
        parameters.append(who.party)
        parameters.append(who.owner)
        parameters.append(who.actor)
        parameters.append(move.address)
        parameters.append(move.reason)
        parameters.append(move.requestID)
        parameters.append(move.version)
        parameters.append((0..<count).map { _ in ids.nextRawValue() })
        parameters.append(move.shipment.map { PostgresJSON(bytes: $0.row) })
        parameters.append(Int32(clamping: windowDays))
        let rows = try await client.query(leavingStock ? MoveSQL.leavingStock : MoveSQL.whole, with: parameters)
        var moved = MovedSellerOrders()
        for row in rows {
            switch try row.int16(0) {
            case 0: moved.parts.append(try Self.part(row))
            case 2: moved.stock.append(try PlaceRows.stock(row))
            case 3: moved.order = OrderID(rawValue: try row.int64(3))
            case 4: moved.units.append(try Self.units(row))
            default: break
            }
        }
        return moved
    }

    /// Moves the units that a move or a cancellation has left, by variant; they are to be adopted after the commit.
    func shift(_ shift: StockShift) async throws -> [StockRow] {
        guard !shift.units.isEmpty else { return [] }
        let isOnShelf = shift.units.contains { $0.onHand != 0 }
        return try await writer().query(
            """
            select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3
              from checkout.shift_units_v1($1, $2, $3, $4, $5, $6, $7, $8)
            """, shift.order.rawValue, shift.units.map(\.variant.rawValue),
            shift.units.map { Int32(clamping: $0.reserved) }, shift.units.map { Int32(clamping: $0.onHand) },
            shift.units.map(\.movement), isOnShelf ? shift.cause : nil, shift.reason, shift.actor
        ).map(PlaceRows.stock)
    }

    /// A row of kind 4.
    static func units(_ row: PostgresRow) throws -> StockShift.Units {
        StockShift.Units(
            variant: VariantID(rawValue: try row.int64(3)), reserved: try row.int(4), onHand: try row.int(5),
            movement: try row.int64(6))
    }

    private static func part(_ row: PostgresRow) throws -> MovedSellerOrders.Part {
        guard let outcome = MovedSellerOrders.Outcome(rawValue: try row.int16(2)) else {
            throw JournalError.fault("move_seller_orders answers nothing that is known")
        }
        let from = String(decoding: try row.bytes(8), as: UTF8.self)
        return MovedSellerOrders.Part(
            id: SellerOrderID(rawValue: try row.int64(3)), outcome: outcome, version: try row.int64(4),
            owed: try row.int64(5), from: SellerOrderStatus(rawValue: from))
    }

    /// Parts whose time has come, those that wait longest first: not accepted in time, or past their return window.
    ///
    /// - Parameter failed: parts that are not asked for now.
    /// - Cost: one statement over two partial indexes that hold nothing else.
    func dueSellerOrders(
        limit: Int, without failed: [SellerOrderID]
    ) async throws -> [(part: SellerOrderID, order: OrderID, target: SellerOrderStatus)] {
        try await postgres().query(
            """
            select id, order_id, due_status from (
              (select id, order_id, 'rejected' due_status, accept_by due from orders.seller_orders
                where status = 'placed' and accept_by <= now() and id <> all ($2) order by accept_by limit $1)
              union all
              (select id, order_id, 'completed', complete_at from orders.seller_orders
                where status = 'delivered' and complete_at <= now() and id <> all ($2)
                order by complete_at limit $1)) x
             order by due limit $1
            """, limit, failed.map(\.rawValue)
        ).map { row in
            (
                SellerOrderID(rawValue: try row.int64(0)), OrderID(rawValue: try row.int64(1)),
                try Self.partStatus(try row.string(2))
            )
        }
    }
}

/// One move, with its units or without.
private enum MoveSQL {
    static let whole: PostgresSQL = """
        select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3
          from checkout.move_seller_orders_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """
    static let leavingStock: PostgresSQL = """
        select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3
          from checkout.move_seller_orders_v2($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """
}

extension NewShipment {
    /// As `move_seller_orders_v1` takes it.
    fileprivate var row: [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("id", id.rawValue)
            json.field("carrier", carrier)
            json.fieldIfPresent("tracking_number", trackingNumber)
            json.fieldIfPresent("tracking_url", trackingURL)
            json.fieldIfPresent("eway_bill", ewayBill)
            guard let lines else { return }
            json.array("lines") { json in
                for (line, quantity) in lines {
                    json.object { json in
                        json.field("line_id", line.rawValue)
                        json.field("quantity", quantity)
                    }
                }
            }
        }
        return json.bytes
    }
}

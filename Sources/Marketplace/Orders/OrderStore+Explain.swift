// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// What was given back of an order's lines, and until when they may come back.
    ///
    /// - Parameter windowDays: the return window of goods that state none.
    /// - Cost: one statement over the order's lines, parts and refunds, each by its index.
    func returns(of order: OrderID, windowDays: Int) async throws -> [OrderLineID: LineReturn] {
        let rows = try await postgres().query(
            """
            select line_id, refunded_quantity, refunded_minor, returnable_until
              from checkout.line_refunds_v1($1, $2)
            """, order.rawValue, Int32(clamping: windowDays))
        var returns: [OrderLineID: LineReturn] = [:]
        for row in rows {
            returns[OrderLineID(rawValue: try row.int64(0))] = LineReturn(
                quantity: try row.int(1), amount: try row.int64(2),
                until: try row.timestampOrNil(3).map { Timestamp(microseconds: $0) })
        }
        return returns
    }

    /// What an order's lines owe the marketplace; lines without a rule owe nothing and are not here.
    func fees(of order: OrderID) async throws -> [OrderLineID: LineFee] {
        let rows = try await postgres().query(
            """
            select line_id, rule_id, version, rate_bps, fee_minor, gst_minor from checkout.order_fees_v2($1)
            """, order.rawValue)
        var fees: [OrderLineID: LineFee] = [:]
        for row in rows {
            fees[OrderLineID(rawValue: try row.int64(0))] = LineFee(
                rule: CommissionID(rawValue: try row.int64(1)), version: try row.int(2),
                rate: BasisPoints(try row.int32(3)) ?? .zero, amount: try row.int64(4), gst: try row.int64(5))
        }
        return fees
    }

    /// What was frozen of an order's lines when it was made; nil when there is none.
    ///
    /// - Cost: one statement: the order, its parts and its lines by their indexes.
    func explained(_ order: OrderID) async throws -> ExplainedOrder? {
        let rows = try await postgres().query(
            """
            select o.user_id, o.currency, o.shipping_address->>'state_code', l.id, l.seller_order_id, s.seller_id, s.accept_by is not null,
                   l.sku, l.title, l.quantity, l.unit_price_minor, l.discount_minor, l.taxable_value_minor, l.tax_rate_bps,
                   l.cgst_minor, l.sgst_minor, l.igst_minor, l.total_minor, l.hsn_code, l.priced,
                   o.company_id
              from orders.orders o
              join orders.order_lines l on l.order_id = o.id
              join orders.seller_orders s on s.id = l.seller_order_id
             where o.id = $1 order by l.line_no
            """, order.rawValue)
        guard let first = rows.first else { return nil }
        return ExplainedOrder(
            id: order, buyer: UserID(rawValue: try first.int64(0)),
            company: try first.int64OrNil(20).map { CompanyID(rawValue: $0) }, currency: try Self.currency(first, 1),
            placeOfSupply: try first.stringOrNil(2), lines: try rows.map(Self.explainedLine))
    }

    private static func explainedLine(_ row: PostgresRow) throws -> ExplainedOrder.Line {
        let (quantity, unitPrice) = (try row.int(9), try row.int64(10))
        let price: FrozenPrice?
        if let bytes = try row.bytesOrNil(19) {
            guard let frozen = FrozenPrice(parsing: bytes, quantity: quantity, unitPrice: unitPrice) else {
                throw JournalError.fault("a line's price was frozen in another form")
            }
            price = frozen
        } else {
            price = nil
        }
        return ExplainedOrder.Line(
            id: OrderLineID(rawValue: try row.int64(3)), part: SellerOrderID(rawValue: try row.int64(4)),
            seller: SellerID(rawValue: try row.int64(5)), isSeenBySeller: try row.bool(6), sku: try row.string(7),
            title: try row.string(8), quantity: quantity, unitPrice: unitPrice, discount: try row.int64(11),
            tax: GSTSplit(
                taxable: try row.int64(12), cgst: try row.int64(14), sgst: try row.int64(15), igst: try row.int64(16)),
            taxRate: BasisPoints(try row.int32(13)) ?? .zero, total: try row.int64(17), hsnCode: try row.string(18),
            price: price)
    }
}

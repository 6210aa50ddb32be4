// SPDX-License-Identifier: Apache-2.0
import Actors
public import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// An order of a user, in full; nil when it is somebody else's or there is none.
    ///
    /// - Cost: four statements, each led by its primary key or index; one more for its parcels once it is under way.
    func order(_ id: OrderID, of user: UserID) async throws -> OrderDetail? {
        let rows = try await postgres().query(
            """
            select id, status, orders.payment_rank_v1(id, payment_method, payment_rank), payment_method, currency,
                   subtotal_minor, discount_minor, shipping_minor, total_minor, shipping_address, billing_address, company_id, po_number, customer_note, reserved_until,
                   created_at, version, user_id
              from orders.orders where id = $1 and user_id = $2
            """, id.rawValue, user.rawValue)
        guard let row = rows.first else { return nil }
        return try await detail(row)
    }

    /// The same, whoever's it is.
    func order(_ id: OrderID) async throws -> OrderDetail? {
        let rows = try await postgres().query(
            """
            select id, status, orders.payment_rank_v1(id, payment_method, payment_rank), payment_method, currency,
                   subtotal_minor, discount_minor, shipping_minor, total_minor, shipping_address, billing_address, company_id, po_number, customer_note, reserved_until,
                   created_at, version, user_id
              from orders.orders where id = $1
            """, id.rawValue)
        guard let row = rows.first else { return nil }
        return try await detail(row)
    }

    /// The order that the same request made of a cart's version, under whichever key.
    func order(ofCart cart: CartID, version: Int64, request: Hash32) async throws -> OrderDetail? {
        let rows = try await postgres().query(
            """
            select id, status, orders.payment_rank_v1(id, payment_method, payment_rank), payment_method, currency,
                   subtotal_minor, discount_minor, shipping_minor, total_minor, shipping_address, billing_address, company_id, po_number, customer_note, reserved_until,
                   created_at, version, user_id
              from orders.orders where cart_id = $1 and cart_version = $2 and request_hash = $3
            """, cart.rawValue, version, request.bytes)
        guard let row = rows.first else { return nil }
        return try await detail(row)
    }

    /// How an order stands, in the API's words; nil when it is somebody else's or there is none.
    public func state(
        of id: OrderID, user: UserID
    ) async throws -> (status: String, paymentStatus: String)? {
        guard
            let row = try await postgres().first(
                """
                select status, orders.payment_rank_v1(id, payment_method, payment_rank), payment_method
                  from orders.orders where id = $1 and user_id = $2
                """, id.rawValue, user.rawValue)
        else { return nil }
        return (try row.string(0), PaymentStatus(rank: try row.int16(1), method: try row.string(2)).rawValue)
    }

    private func detail(_ row: PostgresRow) async throws -> OrderDetail {
        let id = OrderID(rawValue: try row.int64(0))
        let lines = try await lines(of: id)
        let history = try await history(of: id)
        var detail = OrderDetail(
            head: OrderHead(
                id: id, status: try Self.status(row, 1),
                payment: PaymentStatus(rank: try row.int16(2), method: try row.string(3)),
                reservedUntil: Timestamp(microseconds: try row.timestamp(14)), version: try row.int64(16)),
            currency: try Self.currency(row, 4),
            totals: OrderTotals(
                subtotal: try row.int64(5), discount: try row.int64(6), shipping: try row.int64(7),
                total: try row.int64(8)),
            sellerOrders: try await sellerOrders(of: id, lines, history), shippingAddress: try row.bytes(9),
            billingAddress: try row.bytes(10), company: try row.int64OrNil(11).map { CompanyID(rawValue: $0) },
            purchaseOrder: try row.stringOrNil(12), customerNote: try row.stringOrNil(13),
            user: UserID(rawValue: try row.int64(17)), paymentMethod: try row.string(3), history: history[nil] ?? [],
            createdAt: Timestamp(microseconds: try row.timestamp(15)))
        if detail.parts.contains(where: \.hasShipments) {
            let shipments = try await shipments(of: id)
            for index in detail.sellerOrders.indices {
                detail.sellerOrders[index].shipments = shipments.filter { $0.part == detail.sellerOrders[index].id }
            }
        }
        for line in lines.values.joined() { detail.totals.add(line.tax) }
        return detail
    }

    private func sellerOrders(
        of order: OrderID, _ lines: [SellerOrderID: [OrderLineRecord]], _ history: [SellerOrderID?: [OrderDetail.Event]]
    ) async throws -> [OrderDetail.SellerOrder] {
        let rows = try await postgres().query(
            """
            select id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, total_minor, accept_by, version,
                   created_at
              from orders.seller_orders where order_id = $1 order by id
            """, order.rawValue)
        return try rows.map { row in
            let id = SellerOrderID(rawValue: try row.int64(0))
            var totals = OrderTotals(
                subtotal: try row.int64(3), discount: try row.int64(4), shipping: try row.int64(5),
                total: try row.int64(6))
            for line in lines[id] ?? [] { totals.add(line.tax) }
            return OrderDetail.SellerOrder(
                id: id, seller: SellerID(rawValue: try row.int64(1)), sellerName: "",
                status: try Self.partStatus(try row.string(2)),
                acceptBy: try row.timestampOrNil(7).map { Timestamp(microseconds: $0) }, totals: totals,
                lines: lines[id] ?? [], history: history[id] ?? [], version: try row.int64(8),
                createdAt: Timestamp(microseconds: try row.timestamp(9)))
        }
    }

    private func lines(of order: OrderID) async throws -> [SellerOrderID: [OrderLineRecord]] {
        let rows = try await postgres().query(
            """
            select seller_order_id, id, product_id, variant_id, sku, title, options, quantity, unit_price_minor,
                   discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor, total_minor, hsn_code
              from orders.order_lines where order_id = $1 order by line_no
            """, order.rawValue)
        var lines: [SellerOrderID: [OrderLineRecord]] = [:]
        for row in rows {
            let line = OrderLineRecord(
                id: OrderLineID(rawValue: try row.int64(1)), sellerOrder: 0,
                product: ProductID(rawValue: try row.int64(2)),
                variant: VariantID(rawValue: try row.int64(3)), sku: try row.string(4), title: try row.string(5),
                options: try row.bytes(6), quantity: try row.int(7), unitPrice: try row.int64(8),
                discount: try row.int64(9), taxRate: BasisPoints(try row.int32(11)) ?? .zero,
                tax: GSTSplit(
                    taxable: try row.int64(10), cgst: try row.int64(12), sgst: try row.int64(13),
                    igst: try row.int64(14)),
                total: try row.int64(15), hsnCode: try row.string(16), offerVersion: 0)
            lines[SellerOrderID(rawValue: try row.int64(0)), default: []].append(line)
        }
        return lines
    }

    /// The transitions of an order (under nil) and of its parts, oldest first. Those of one transaction have one time: what the order
    /// itself does then is of whoever moved its parts.
    private func history(of order: OrderID) async throws -> [SellerOrderID?: [OrderDetail.Event]] {
        let rows = try await postgres().query(
            """
            select seller_order_id, at, from_status, to_status, split_part(actor, ':', 1), reason,
                   bool_or(actor like 'admin:%') over (partition by at)
              from orders.history where order_id = $1 order by id
            """, order.rawValue)
        var history: [SellerOrderID?: [OrderDetail.Event]] = [:]
        for row in rows {
            let part = try row.int64OrNil(0).map { SellerOrderID(rawValue: $0) }
            history[part, default: []].append(
                OrderDetail.Event(
                    at: Timestamp(microseconds: try row.timestamp(1)), from: try row.string(2), to: try row.string(3),
                    actor: try row.string(4), reason: try row.stringOrNil(5), isOfAdmin: try row.bool(6)))
        }
        return history
    }

    /// The order's state in that column.
    static func status(_ row: PostgresRow, _ column: Int) throws -> OrderStatus {
        guard let status = OrderStatus(rawValue: try row.string(column)) else {
            throw JournalError.fault("an order has an unknown status")
        }
        return status
    }

    /// The state of one seller's part.
    static func partStatus(_ text: String) throws -> SellerOrderStatus {
        guard let status = SellerOrderStatus(rawValue: text) else {
            throw JournalError.fault("a seller order has an unknown status")
        }
        return status
    }

    /// The currency in that column.
    static func currency(_ row: PostgresRow, _ column: Int) throws -> Currency {
        guard let currency = Currency(try row.string(column)) else {
            throw JournalError.fault("an order has no currency")
        }
        return currency
    }
}

// SPDX-License-Identifier: Apache-2.0
import Actors
public import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// An order of a user, in full; nil when it is somebody else's or there is none.
    func order(_ id: OrderID, of user: UserID) async throws -> OrderDetail? {
        let rows = try await postgres().query(
            """
            select id, status, payment_rank, currency, subtotal_minor, discount_minor, shipping_minor, total_minor,
                   shipping_address, billing_address, reserved_until, created_at, version
              from orders.orders where id = $1 and user_id = $2
            """, id.rawValue, user.rawValue)
        guard let row = rows.first else { return nil }
        return try await detail(row)
    }

    /// The order that the same request made of a cart's version, under whichever key.
    func order(ofCart cart: CartID, version: Int64, request: Hash32) async throws -> OrderDetail? {
        let rows = try await postgres().query(
            """
            select id, status, payment_rank, currency, subtotal_minor, discount_minor, shipping_minor, total_minor,
                   shipping_address, billing_address, reserved_until, created_at, version
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
                "select status, payment_rank from orders.orders where id = $1 and user_id = $2", id.rawValue,
                user.rawValue)
        else { return nil }
        return (try row.string(0), OrderDetail.paymentStatus(rank: try row.int(1)))
    }

    private func detail(_ row: PostgresRow) async throws -> OrderDetail {
        let id = OrderID(rawValue: try row.int64(0))
        guard let currency = Currency(try row.string(3)) else { throw JournalError.fault("an order has no currency") }
        let lines = try await lines(of: id)
        var detail = OrderDetail(
            id: id, status: try row.string(1), paymentRank: try row.int(2), currency: currency,
            totals: OrderDetail.Totals(
                subtotal: try row.int64(4), discount: try row.int64(5), shipping: try row.int64(6),
                total: try row.int64(7)),
            sellerOrders: try await sellerOrders(of: id, lines), shippingAddress: try row.bytes(8),
            billingAddress: try row.bytes(9), reservedUntil: Timestamp(microseconds: try row.timestamp(10)),
            createdAt: Timestamp(microseconds: try row.timestamp(11)), version: try row.int64(12))
        for line in lines.values.joined() {
            detail.totals.cgst += line.tax.cgst
            detail.totals.sgst += line.tax.sgst
            detail.totals.igst += line.tax.igst
        }
        return detail
    }

    private func sellerOrders(
        of order: OrderID, _ lines: [SellerOrderID: [OrderLineRecord]]
    ) async throws -> [OrderDetail.SellerOrder] {
        let rows = try await postgres().query(
            """
            select id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, total_minor, version, created_at
              from orders.seller_orders where order_id = $1 order by id
            """, order.rawValue)
        return try rows.map { row in
            let id = SellerOrderID(rawValue: try row.int64(0))
            var totals = OrderDetail.Totals(
                subtotal: try row.int64(3), discount: try row.int64(4), shipping: try row.int64(5),
                total: try row.int64(6))
            for line in lines[id] ?? [] {
                totals.cgst += line.tax.cgst
                totals.sgst += line.tax.sgst
                totals.igst += line.tax.igst
            }
            return OrderDetail.SellerOrder(
                id: id, seller: SellerID(rawValue: try row.int64(1)), sellerName: "", status: try row.string(2),
                totals: totals, lines: lines[id] ?? [], version: try row.int64(7),
                createdAt: Timestamp(microseconds: try row.timestamp(8)))
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
}

// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// The order of a part that a seller has seen; nil for another seller's and for one that was never paid.
    /// Whatever was placed has a time to be accepted by, and keeps it.
    func order(ofPart part: SellerOrderID, soldBy seller: SellerID) async throws -> OrderID? {
        try await postgres().first(
            "select order_id from orders.seller_orders where id = $1 and seller_id = $2 and accept_by is not null",
            part.rawValue, seller.rawValue
        ).map { OrderID(rawValue: try $0.int64(0)) }
    }

    /// The order of a part, whoever's it is.
    func order(ofPart part: SellerOrderID) async throws -> OrderID? {
        try await postgres().first("select order_id from orders.seller_orders where id = $1", part.rawValue)
            .map { OrderID(rawValue: try $0.int64(0)) }
    }

    /// What an order of a user had, line by line; nil for somebody else's or none.
    public func bought(
        _ order: OrderID, of user: UserID
    ) async throws -> [(variant: VariantID, quantity: Int, unitPrice: Int64)]? {
        let rows = try await postgres().query(
            """
            select l.variant_id, l.quantity, l.unit_price_minor
              from orders.orders o join orders.order_lines l on l.order_id = o.id
             where o.id = $1 and o.user_id = $2 order by l.line_no
            """, order.rawValue, user.rawValue)
        guard rows.first != nil else { return nil }
        return try rows.map { (VariantID(rawValue: try $0.int64(0)), try $0.int(1), try $0.int64(2)) }
    }

    /// A page of a seller's parts.
    ///
    /// - Cost: one statement, led by the index `seller_orders_of_seller`; lines are read for the page's parts only.
    func sellerOrders(
        of seller: SellerID, _ filter: SellerOrderFilter, after: (createdAt: Timestamp, id: SellerOrderID)?, limit: Int
    ) async throws -> [SellerOrderSummary] {
        // Where no page came before, a position beyond every part stands in, so that one plan serves all pages.
        let edge: (Timestamp, SellerOrderID) =
            filter.isOldestFirst
            ? (Timestamp(microseconds: .min), SellerOrderID(rawValue: .min))
            : (Timestamp(microseconds: .max), SellerOrderID(rawValue: .max))
        let position = after ?? edge
        var parameters = PostgresParameters()
        parameters.append(seller.rawValue)
        parameters.append(Self.time(filter.from ?? Timestamp(microseconds: .min)))
        parameters.append(Self.time(filter.to ?? Timestamp(microseconds: .max)))
        parameters.append(Self.time(position.0))
        parameters.append(position.1.rawValue)
        parameters.append(filter.statuses.map { $0.map(\.rawValue) })
        parameters.append(filter.acceptBefore.map(Self.time))
        parameters.append(filter.text)
        parameters.append(filter.text.flatMap(SellerOrderFilter.order(numbered:))?.rawValue)
        parameters.append(filter.text.flatMap { SellerOrderID($0) }?.rawValue)
        parameters.append(limit)
        return try await postgres().query(SellerOrdersSQL.page[filter.isOldestFirst ? 1 : 0], with: parameters)
            .map(Self.sellerOrder)
    }

    private static func sellerOrder(_ row: PostgresRow) throws -> SellerOrderSummary {
        SellerOrderSummary(
            id: SellerOrderID(rawValue: try row.int64(0)), order: OrderID(rawValue: try row.int64(1)),
            position: try row.int(18), status: try partStatus(try row.string(2)),
            acceptBy: try row.timestampOrNil(3).map { Timestamp(microseconds: $0) }, currency: try currency(row, 4),
            paymentMethod: try row.string(5), shippingAddress: try row.bytes(6), lineCount: try row.int(7),
            units: try row.int64(8),
            totals: OrderTotals(
                subtotal: try row.int64(9), discount: try row.int64(10), shipping: try row.int64(11),
                cgst: try row.int64(12), sgst: try row.int64(13), igst: try row.int64(14), total: try row.int64(15)),
            version: try row.int64(16), createdAt: Timestamp(microseconds: try row.timestamp(17)))
    }
}

/// Newest first, oldest first: one for each direction of the index.
private enum SellerOrdersSQL {
    static let page = [
        PostgresSQL(text: text(comparison: "<", direction: "desc")),
        PostgresSQL(text: text(comparison: ">", direction: "asc")),
    ]

    /// `$1` seller, `$2` from, `$3` to, `$4` and `$5` the position before, `$6` statuses, `$7` to be accepted before, `$8` a SKU, `$9` and
    /// `$10` what it names, `$11` rows.
    private static func text(comparison: String, direction: String) -> String {
        """
        select s.id, s.order_id, s.status, s.accept_by, o.currency, o.payment_method, o.shipping_address, l.lines, l.units,
               s.subtotal_minor, s.discount_minor, s.shipping_minor, l.cgst, l.sgst, l.igst, s.total_minor, s.version,
               s.created_at, (select count(*) from orders.seller_orders p where p.order_id = s.order_id and p.id <= s.id)
          from (select * from orders.seller_orders t
                 where t.seller_id = $1 and t.created_at >= $2 and t.created_at < $3 and (t.created_at, t.id) \(comparison) ($4, $5)
                   and t.accept_by is not null and ($6::text[] is null or t.status = any ($6))
                   and ($7::timestamptz is null or (t.status = 'placed' and t.accept_by < $7))
                   and ($8::text is null or t.order_id = $9 or t.id = $10 or exists (
                        select 1 from orders.order_lines x
                         where x.order_id = t.order_id and x.seller_order_id = t.id and x.sku = $8))
                 order by t.created_at \(direction), t.id \(direction) limit $11) s
          join orders.orders o on o.id = s.order_id
         cross join lateral (
               select count(*) lines, sum(quantity)::bigint units, sum(cgst_minor)::bigint cgst,
                      sum(sgst_minor)::bigint sgst, sum(igst_minor)::bigint igst
                 from orders.order_lines x where x.order_id = s.order_id and x.seller_order_id = s.id) l
         order by s.created_at \(direction), s.id \(direction)
        """
    }
}

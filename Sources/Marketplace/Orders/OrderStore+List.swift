// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension OrderStore {
    /// A page of a user's orders, or of the company's that the filter names.
    ///
    /// - Parameters:
    ///   - after: the last order of the page before.
    ///   - limit: rows at most.
    /// - Cost: one statement, led by the index `orders_of_user` or `orders_of_company`; lines and parts are read for the page's orders only.
    func orders(
        of user: UserID, _ filter: OrderFilter, after: (createdAt: Timestamp, id: OrderID)?, limit: Int
    ) async throws -> [OrderSummary] {
        var parameters = PostgresParameters()
        parameters.append(filter.company?.rawValue ?? user.rawValue)
        parameters.append(Self.time(filter.from ?? Timestamp(microseconds: .min)))
        parameters.append(Self.time(filter.to ?? Timestamp(microseconds: .max)))
        // Where no page came before, a position beyond every order stands in, so that one plan serves all pages.
        let edge: (Timestamp, OrderID) =
            filter.isOldestFirst
            ? (Timestamp(microseconds: .min), OrderID(rawValue: .min))
            : (Timestamp(microseconds: .max), OrderID(rawValue: .max))
        let position = after ?? edge
        parameters.append(Self.time(position.0))
        parameters.append(position.1.rawValue)
        parameters.append(filter.statuses.map { $0.map(\.rawValue) })
        let payments = filter.payments.map(PaymentStatus.pairs)
        parameters.append(payments?.ranks)
        parameters.append(payments?.methods)
        parameters.append(filter.seller?.rawValue)
        parameters.append(limit)
        parameters.append(filter.updatedFrom.map(Self.time))
        let sql = filter.company == nil ? ListSQL.ofUser : ListSQL.ofCompany
        return try await postgres().query(sql[filter.isOldestFirst ? 1 : 0], with: parameters).map(Self.summary)
    }

    static func time(_ moment: Timestamp) -> PostgresTimestamp {
        PostgresTimestamp(microseconds: moment.microseconds)
    }

    static func summary(_ row: PostgresRow) throws -> OrderSummary {
        let ids: [Int64] = try row.decode(19)
        let sellers: [Int64] = try row.decode(20)
        let statuses: [String] = try row.decode(21)
        var parts: [OrderSummary.Part] = []
        for (index, id) in ids.enumerated() {
            parts.append(
                OrderSummary.Part(
                    id: SellerOrderID(rawValue: id), seller: SellerID(rawValue: sellers[index]),
                    status: try partStatus(statuses[index])))
        }
        return OrderSummary(
            head: OrderHead(
                id: OrderID(rawValue: try row.int64(0)), status: try status(row, 1),
                payment: PaymentStatus(rank: try row.int16(2), method: try row.string(3)),
                reservedUntil: Timestamp(microseconds: try row.timestamp(9)), version: try row.int64(11)),
            currency: try currency(row, 4),
            totals: OrderTotals(
                subtotal: try row.int64(5), discount: try row.int64(6), shipping: try row.int64(7),
                cgst: try row.int64(15), sgst: try row.int64(16), igst: try row.int64(17), total: try row.int64(8)),
            parts: parts, shippingAddress: try row.bytes(12), billingAddress: try row.bytes(13),
            company: try row.int64OrNil(22).map { CompanyID(rawValue: $0) }, purchaseOrder: try row.stringOrNil(23),
            lineCount: try row.int(14), firstProduct: ProductID(rawValue: try row.int64(18)),
            createdAt: Timestamp(microseconds: try row.timestamp(10)))
    }
}

/// The list's statements: for users and for companies, one for each direction of the index.
private enum ListSQL {
    /// Newest first, oldest first.
    static let ofUser = both("user_id")
    static let ofCompany = both("company_id")

    private static func both(_ owner: String) -> [PostgresSQL] {
        [
            PostgresSQL(text: text(owner: owner, comparison: "<", direction: "desc")),
            PostgresSQL(text: text(owner: owner, comparison: ">", direction: "asc")),
        ]
    }

    /// `$1` user or company, `$2` from, `$3` to, `$4` and `$5` the position before, `$6` statuses, `$7` and `$8` pairs of rank and
    /// method, `$9` seller, `$10` rows, `$11` changed since.
    private static func text(owner: String, comparison: String, direction: String) -> String {
        """
        select o.id, o.status, o.rank, o.payment_method, o.currency, o.subtotal_minor, o.discount_minor,
               o.shipping_minor, o.total_minor, o.reserved_until, o.created_at, o.version, o.shipping_address,
               o.billing_address, l.line_count, l.cgst, l.sgst, l.igst, l.product_id, s.ids, s.sellers, s.statuses,
               o.company_id, o.po_number
          from (select t.*, orders.payment_rank_v1(t.id, t.payment_method, t.payment_rank) rank from orders.orders t
                 where t.\(owner) = $1 and t.created_at >= $2 and t.created_at < $3
                   and (t.created_at, t.id) \(comparison) ($4, $5)
                   and ($6::text[] is null or t.status = any ($6))
                   and ($7::smallint[] is null or exists (
                        select 1 from unnest($7, $8::text[]) p(rank, method)
                         where p.method = t.payment_method
                           and p.rank = orders.payment_rank_v1(t.id, t.payment_method, t.payment_rank)))
                   and ($9::bigint is null or exists (
                        select 1 from orders.seller_orders x where x.order_id = t.id and x.seller_id = $9))
                   and ($11::timestamptz is null or t.updated_at >= $11)
                 order by t.created_at \(direction), t.id \(direction) limit $10) o
         cross join lateral (
               select count(*) line_count, sum(cgst_minor)::bigint cgst, sum(sgst_minor)::bigint sgst,
                      sum(igst_minor)::bigint igst, (array_agg(product_id order by line_no))[1] product_id
                 from orders.order_lines where order_id = o.id) l
         cross join lateral (
               select array_agg(id order by id) ids, array_agg(seller_id order by id) sellers,
                      array_agg(status order by id) statuses
                 from orders.seller_orders where order_id = o.id) s
         order by o.created_at \(direction), o.id \(direction)
        """
    }
}

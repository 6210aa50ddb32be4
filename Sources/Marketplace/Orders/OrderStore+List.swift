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
        // Subtotals, discounts, shipping, totals, three taxes, versions.
        let numbers: [[Int64]] = try (24..<32).map { try row.decode($0) }
        let (deadlines, made): ([PostgresTimestamp?], [PostgresTimestamp]) = (try row.decode(32), try row.decode(33))
        var parts: [OrderSummary.Part] = []
        parts.reserveCapacity(ids.count)
        for (index, id) in ids.enumerated() {
            parts.append(
                OrderSummary.Part(
                    id: SellerOrderID(rawValue: id), seller: SellerID(rawValue: sellers[index]),
                    status: try partStatus(statuses[index]),
                    acceptBy: deadlines[index].map { Timestamp(microseconds: $0.microseconds) },
                    totals: OrderTotals(
                        subtotal: numbers[0][index], discount: numbers[1][index], shipping: numbers[2][index],
                        cgst: numbers[4][index], sgst: numbers[5][index], igst: numbers[6][index],
                        total: numbers[3][index]), version: numbers[7][index],
                    createdAt: Timestamp(microseconds: made[index].microseconds)))
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
        select \(OrderSummarySQL.columns)
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
         \(OrderSummarySQL.parts)
         order by o.created_at \(direction), o.id \(direction)
        """
    }
}

/// What the lists of buyers and admins read of each order `o` of a page.
enum OrderSummarySQL {
    /// In the order in which `OrderStore.summary` reads them.
    static let columns = """
        o.id, o.status, o.rank, o.payment_method, o.currency, o.subtotal_minor, o.discount_minor,
        o.shipping_minor, o.total_minor, o.reserved_until, o.created_at, o.version, o.shipping_address,
        o.billing_address, s.line_count, s.cgst, s.sgst, s.igst, s.product_id, s.ids, s.sellers, s.statuses,
        o.company_id, o.po_number, s.subtotals, s.discounts, s.shippings, s.totals, s.cgsts, s.sgsts, s.igsts,
        s.versions, s.deadlines, s.made
        """

    /// Its parts, each with the taxes of its lines, which are read once.
    static let parts = """
        cross join lateral (
              select sum(y.lines)::bigint line_count, sum(y.cgst)::bigint cgst, sum(y.sgst)::bigint sgst,
                     sum(y.igst)::bigint igst, (array_agg(y.product_id order by y.line_no))[1] product_id,
                     array_agg(x.id order by x.id) ids, array_agg(x.seller_id order by x.id) sellers,
                     array_agg(x.status order by x.id) statuses, array_agg(x.subtotal_minor::bigint order by x.id) subtotals,
                     array_agg(x.discount_minor::bigint order by x.id) discounts,
                     array_agg(x.shipping_minor::bigint order by x.id) shippings,
                     array_agg(x.total_minor::bigint order by x.id) totals, array_agg(y.cgst order by x.id) cgsts,
                     array_agg(y.sgst order by x.id) sgsts, array_agg(y.igst order by x.id) igsts,
                     array_agg(x.version::bigint order by x.id) versions, array_agg(x.accept_by order by x.id) deadlines,
                     array_agg(x.created_at order by x.id) made
                from orders.seller_orders x
                join (select seller_order_id, count(*) lines, sum(cgst_minor)::bigint cgst, sum(sgst_minor)::bigint sgst,
                             sum(igst_minor)::bigint igst, min(line_no) line_no,
                             (array_agg(product_id order by line_no))[1] product_id
                        from orders.order_lines where order_id = o.id group by seller_order_id) y
                  on y.seller_order_id = x.id
               where x.order_id = o.id) s
        """
}

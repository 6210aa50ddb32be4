// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension OrderStore {
    /// A page of everybody's orders, newest first: ids are in the order of time.
    ///
    /// - Parameters:
    ///   - among: only these; nil for any.
    ///   - after: the last order of the page before.
    /// - Cost: one statement, by the primary key downwards, or by the index of the customer, the seller or the ids that are named.
    func allOrders(
        _ filter: AllOrdersFilter, among: [OrderID]?, after: OrderID?, limit: Int
    ) async throws -> [(summary: OrderSummary, customer: UserID)] {
        var parameters = PostgresParameters()
        parameters.append(after?.rawValue ?? .max)
        parameters.append(filter.statuses.map { $0.map(\.rawValue) })
        let payments = filter.payments.map(PaymentStatus.pairs)
        parameters.append(payments?.ranks)
        parameters.append(payments?.methods)
        parameters.append(filter.seller?.rawValue)
        parameters.append(filter.customer?.rawValue)
        parameters.append(filter.amounts.lowerBound)
        parameters.append(filter.amounts.upperBound)
        parameters.append(filter.flag == .stuck)
        parameters.append(among.map { $0.map(\.rawValue) })
        parameters.append(Self.time(filter.from ?? Timestamp(microseconds: .min)))
        parameters.append(Self.time(filter.to ?? Timestamp(microseconds: .max)))
        parameters.append(filter.text == nil)
        parameters.append(filter.text.flatMap(SellerOrderFilter.order(numbered:))?.rawValue)
        parameters.append(filter.text.flatMap { SellerOrderID($0) }?.rawValue)
        parameters.append(limit)
        return try await postgres().query(AllOrdersSQL.page, with: parameters).map {
            (try Self.summary($0), UserID(rawValue: try $0.int64(34)))
        }
    }
}

/// `$1` the order of the page before, `$2` statuses, `$3` and `$4` pairs of rank and method, `$5` seller, `$6` customer, `$7` and `$8`
/// amounts, `$9` whether it is stuck, `$10` among these, `$11` from, `$12` to, `$13` no text, `$14` and `$15` what it names, `$16` rows.
private enum AllOrdersSQL {
    static let page = PostgresSQL(
        text: """
            select \(OrderSummarySQL.columns), o.user_id
              from (select t.*, orders.payment_rank_v1(t.id, t.payment_method, t.payment_rank) rank from orders.orders t
                     where t.id < $1 and ($2::text[] is null or t.status = any ($2))
                       and ($3::smallint[] is null or exists (
                            select 1 from unnest($3, $4::text[]) p(rank, method)
                             where p.method = t.payment_method
                               and p.rank = orders.payment_rank_v1(t.id, t.payment_method, t.payment_rank)))
                       and ($5::bigint is null or exists (
                            select 1 from orders.seller_orders x where x.order_id = t.id and x.seller_id = $5))
                       and ($6::bigint is null or t.user_id = $6) and t.total_minor between $7 and $8
                       and (not $9 or (t.status = 'pending_payment' and t.reserved_until < now() - interval '5 minutes')
                            or (t.status in ('confirmed', 'processing') and exists (
                                select 1 from orders.seller_orders x
                                 where x.order_id = t.id and x.status = 'placed' and x.accept_by < now())))
                       and ($10::bigint[] is null or t.id = any ($10))
                       and t.created_at >= $11 and t.created_at < $12
                       and ($13 or t.id = $14 or t.id = (select x.order_id from orders.seller_orders x where x.id = $15))
                     order by t.id desc limit $16) o
             \(OrderSummarySQL.parts)
             order by o.id desc
            """)
}

// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension ProductStore {
    /// A page of open revisions, the oldest or the newest first, with one more than the limit when there are more.
    ///
    /// - Cost: one statement along the index of open revisions.
    func pending(
        of seller: SellerID?, olderThanHours hours: Int?, _ periods: ProductPeriods, isNewestFirst: Bool,
        after: (submittedAt: Timestamp, id: ProductID)?, limit: Int
    ) async throws(PostgresError) -> [PendingProduct] {
        var parameters = PostgresParameters()
        parameters.append(limit + 1)
        parameters.append(after.map { PostgresTimestamp(microseconds: $0.submittedAt.microseconds) })
        parameters.append(after?.id.rawValue)
        parameters.append(seller?.rawValue)
        parameters.append(hours)
        periods.append(to: &parameters)
        let rows = try await client.query(
            isNewestFirst ? Self.newestPendingSQL : Self.oldestPendingSQL, with: parameters)
        var pending: [PendingProduct] = []
        for row in rows {
            pending.append(
                PendingProduct(
                    summary: try Self.summary(row), submittedAt: Timestamp(microseconds: try row.timestamp(18)),
                    now: Timestamp(microseconds: try row.timestamp(19))))
        }
        return pending
    }

    private static let oldestPendingSQL = pendingSQL(">", "r.submitted_at, r.product_id")
    private static let newestPendingSQL = pendingSQL("<", "r.submitted_at desc, r.product_id desc")

    private static func pendingSQL(_ follows: String, _ order: String) -> PostgresSQL {
        PostgresSQL(
            text: """
                select \(ProductListSQL.columns), r.submitted_at, now()
                  from catalog.revisions r
                  join catalog.products p on p.id = r.product_id
                  join catalog.seller_cards s on s.id = p.seller_id
                 where r.state = 'open'
                   and ($2::timestamptz is null or (r.submitted_at, r.product_id) \(follows) ($2, $3::bigint))
                   and ($4::bigint is null or p.seller_id = $4)
                   and ($5::bigint is null or r.submitted_at <= now() - make_interval(hours => $5::int))
                   and \(ProductPeriods.conditions(from: 6))
                 order by \(order) limit $1
                """)
    }
}

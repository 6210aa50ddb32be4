// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension ProductStore {
    /// A page of open revisions, the oldest first, with one more than the limit when there are more.
    ///
    /// - Cost: one statement along the index of open revisions.
    func pending(
        of seller: SellerID?, olderThanHours hours: Int?, after: (submittedAt: Timestamp, id: ProductID)?, limit: Int
    ) async throws(PostgresError) -> [PendingProduct] {
        let rows = try await client.query(
            Self.pendingSQL, limit + 1, after.map { PostgresTimestamp(microseconds: $0.submittedAt.microseconds) },
            after?.id.rawValue, seller?.rawValue, hours)
        var pending: [PendingProduct] = []
        for row in rows {
            pending.append(
                PendingProduct(
                    summary: try Self.summary(row), submittedAt: Timestamp(microseconds: try row.timestamp(18)),
                    now: Timestamp(microseconds: try row.timestamp(19))))
        }
        return pending
    }

    private static let pendingSQL = PostgresSQL(
        text: """
            select \(ProductListSQL.columns), r.submitted_at, now()
              from catalog.revisions r
              join catalog.products p on p.id = r.product_id
              join catalog.seller_cards s on s.id = p.seller_id
             where r.state = 'open'
               and ($2::timestamptz is null or (r.submitted_at, r.product_id) > ($2, $3::bigint))
               and ($4::bigint is null or p.seller_id = $4)
               and ($5::bigint is null or r.submitted_at <= now() - make_interval(hours => $5::int))
             order by r.submitted_at, r.product_id limit $1
            """)
}

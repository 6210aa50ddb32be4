// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension ReviewStore {
    /// A page of what moderators see: everything that its author did not delete.
    ///
    /// - Parameter after: the last review of the page before: when it was made, and its id.
    static func toModerate(
        _ filter: ModerationFilter, after: (key: Int64, id: ReviewID)?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [Review] {
        let edge: Int64 = filter.isNewestFirst ? .max : .min
        let position = after ?? (edge, ReviewID(rawValue: edge))
        let rows = try await client.query(
            filter.isNewestFirst ? ModerationSQL.newestFirst : ModerationSQL.oldestFirst,
            PostgresTimestamp(microseconds: position.key), position.id.rawValue, filter.status?.rawValue,
            filter.isReported, filter.product?.rawValue, filter.seller?.rawValue, limit)
        var reviews: [Review] = []
        for row in rows { reviews.append(try review(row)) }
        return reviews
    }
}

/// The list's two statements: one for each direction.
private enum ModerationSQL {
    static let newestFirst = PostgresSQL(text: text("<", "desc"))
    static let oldestFirst = PostgresSQL(text: text(">", "asc"))

    /// `$1` and `$2` the position before, `$3` state, `$4` whether reported alone, `$5` product, `$6` seller, `$7` rows.
    private static func text(_ comparison: String, _ direction: String) -> String {
        """
        select \(ReviewStore.columns) from reviews.reviews r
         where r.deleted_at is null and (r.created_at, r.id) \(comparison) ($1, $2)
           and ($3::text is null or r.status = $3) and (not $4 or r.report_count > 0)
           and ($5::bigint is null or r.product_id = $5) and ($6::bigint is null or r.seller_id = $6)
         order by r.created_at \(direction), r.id \(direction) limit $7
        """
    }
}

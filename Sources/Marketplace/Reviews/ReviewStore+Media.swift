// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension ReviewStore {
    /// Hours that media without a review are kept.
    static let unattachedHours: Int32 = 24

    /// Makes these the media of a review that is locked or new, in this order; others of it are let go of.
    ///
    /// - Returns: nil where one is not its author's, belongs to another line or review, or has expired: the transaction must not
    ///   be committed then.
    static func attach(
        _ media: [ImageID], to review: Review, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Review? {
        let ids = media.map(\.rawValue)
        try await transaction.execute(
            "select id from reviews.media where id = any ($1) or review_id = $2 order by id for no key update", ids,
            review.id.rawValue)
        try await transaction.execute(
            """
            update reviews.media set review_id = null, created_at = now() where review_id = $1 and id <> all ($2)
            """, review.id.rawValue, ids)
        let attached = try await transaction.query(
            """
            update reviews.media m set review_id = $1, position = x.place::smallint
              from unnest($2::bigint[]) with ordinality x(id, place)
             where m.id = x.id and m.user_id = $3 and (m.order_line_id is null or m.order_line_id = $4)
               and (m.review_id = $1 or m.review_id is null and m.created_at > now() - make_interval(hours => $5))
            """, review.id.rawValue, ids, review.user.rawValue, review.line.rawValue, unattachedHours)
        guard attached.affected == ids.count else { return nil }
        return try await transaction.first(countSQL, review.id.rawValue, Int16(ids.count)).map(self.review)
    }

    private static let countSQL = PostgresSQL(
        text: """
            update reviews.reviews r set media_count = $2, version = version + 1 where id = $1 returning \(columns)
            """)
}

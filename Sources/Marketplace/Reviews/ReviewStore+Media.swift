// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Postgres

extension ReviewStore {
    /// Seconds that media without a review are kept.
    static let unattachedSeconds: Int32 = 86_400
    /// Past that time, so that what is due then is over.
    private static let expiry = Duration.seconds(Int64(unattachedSeconds) + 60)

    // MARK: Uploads

    /// Lets the uploads of a user come one after the other until the transaction ends: each counts those before it.
    static func lockUploads(of user: UserID, in transaction: PostgresTransaction) async throws(PostgresError) {
        _ = try await transaction.query(
            "select pg_advisory_xact_lock(hashtextextended('reviews.media:' || $1::bigint, 0))", user.rawValue)
    }

    /// Media of a user that no review has.
    static func unattached(
        of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> (count: Int, octets: Int64) {
        let row = try await client.query(
            """
            select count(*), coalesce(sum(size), 0)::bigint from reviews.media where user_id = $1 and review_id is null
            """, user.rawValue
        ).only()
        return (try row.int(0), try row.int64(1))
    }

    /// Adds a medium without a review, and owes its end.
    static func insert(
        _ new: NewReviewMedium, id: ImageID, of user: UserID, for line: OrderLineID?,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> ReviewMedium {
        let url = ReviewMedium.url(new.file.name)
        try await transaction.execute(
            """
            insert into reviews.media (id, user_id, order_line_id, kind, digest, url, thumbnails, size, width, height)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, id.rawValue, user.rawValue, line?.rawValue, new.kind.rawValue, Array(new.file.digest.bytes),
            url, PostgresJSON(bytes: new.thumbnails), new.size, new.width.map { Int32(clamping: $0) },
            new.height.map { Int32(clamping: $0) })
        try await oweExpiry(of: id, in: transaction)
        return ReviewMedium(id: id, kind: new.kind, url: url, thumbnails: new.thumbnails)
    }

    private static func oweExpiry(
        of id: ImageID, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        // One for each time that it is without a review.
        try await JobStore.owe(
            ReviewMediaExpiry.kind, key: nil, after: expiry, payload: Array("{\"id\":\(id.rawValue)}".utf8),
            in: transaction)
    }

    /// Removes a medium that has been without a review for long enough. Its file goes with the sweep of files that no row names.
    static func expireMedium(_ id: ImageID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute(
            """
            delete from reviews.media
             where id = $1 and review_id is null and created_at <= now() - make_interval(secs => $2)
            """, id.rawValue, Double(unattachedSeconds))
    }

    /// Who sent a medium, and whether a review that everybody is shown has it; nil where there is none.
    static func standing(
        of medium: ImageID, in client: some PostgresClient
    ) async throws(PostgresError) -> (author: UserID, isShown: Bool)? {
        guard let row = try await client.first(standingSQL, medium.rawValue) else { return nil }
        return (UserID(rawValue: try row.int64(0)), try row.bool(1))
    }

    private static let standingSQL: PostgresSQL = """
        select m.user_id, coalesce(r.shown, false) from reviews.media m left join reviews.reviews r on r.id = m.review_id
         where m.id = $1
        """

    /// Of these files those that a medium is.
    static func used(
        _ files: [Digest256], in client: some PostgresClient
    ) async throws(PostgresError) -> Set<Digest256> {
        let rows = try await client.query(
            "select distinct digest from reviews.media where digest = any ($1)", files.map { Array($0.bytes) })
        var used = Set<Digest256>()
        for row in rows {
            if let digest = Digest256(try row.bytes(0)) { used.insert(digest) }
        }
        return used
    }

    // MARK: Reviews

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
        let freed = try await transaction.query(
            """
            update reviews.media set review_id = null, created_at = now() where review_id = $1 and id <> all ($2) returning id
            """, review.id.rawValue, ids)
        for row in freed { try await oweExpiry(of: ImageID(rawValue: try row.int64(0)), in: transaction) }
        let attached = try await transaction.query(
            """
            update reviews.media m set review_id = $1, position = x.place::smallint
              from unnest($2::bigint[]) with ordinality x(id, place)
             where m.id = x.id and m.user_id = $3 and (m.order_line_id is null or m.order_line_id = $4)
               and (m.review_id = $1 or m.review_id is null and m.created_at > now() - make_interval(secs => $5))
            """, review.id.rawValue, ids, review.user.rawValue, review.line.rawValue, Double(unattachedSeconds))
        guard attached.affected == ids.count else { return nil }
        return try await transaction.first(countSQL, review.id.rawValue, Int16(ids.count)).map(self.review)
    }

    private static let countSQL = PostgresSQL(
        text: """
            update reviews.reviews r set media_count = $2, version = version + 1 where id = $1 returning \(columns)
            """)

    /// The media of reviews, in their authors' order.
    static func media(
        of reviews: [ReviewID], in client: some PostgresClient
    ) async throws(PostgresError) -> [ReviewID: [ReviewMedium]] {
        let rows = try await client.query(
            """
            select review_id, id, kind, url, thumbnails from reviews.media
             where review_id = any ($1) order by review_id, position, id
            """, reviews.map(\.rawValue))
        var media: [ReviewID: [ReviewMedium]] = [:]
        for row in rows {
            media[ReviewID(rawValue: try row.int64(0)), default: []].append(
                ReviewMedium(
                    id: ImageID(rawValue: try row.int64(1)),
                    kind: ReviewMedium.Kind(rawValue: try row.string(2)) ?? .image, url: try row.string(3),
                    thumbnails: try row.bytes(4)))
        }
        return media
    }
}

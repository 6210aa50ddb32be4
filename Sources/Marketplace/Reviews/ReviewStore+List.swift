// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension ReviewStore {
    /// A page of what everybody sees.
    ///
    /// - Parameters:
    ///   - after: the last review of the page before: its key and id.
    ///   - limit: rows at most.
    /// - Cost: one statement along the index of the subject and the order.
    static func shown(
        _ filter: ReviewFilter, after: (key: Int64, id: ReviewID)?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [Review] {
        var parameters = PostgresParameters()
        parameters.append(filter.subject.rawID)
        // Where no page came before, a position beyond every review stands in, so that one plan serves all pages.
        let edge: Int64 = filter.sort.isAscending ? .min : .max
        let position = after ?? (edge, ReviewID(rawValue: edge))
        switch filter.sort {
        case .newest: parameters.append(PostgresTimestamp(microseconds: position.key))
        case .helpful, .highest, .lowest: parameters.append(position.key)
        }
        parameters.append(position.id.rawValue)
        parameters.append(filter.rating.map { Int16($0) })
        parameters.append(filter.withMedia)
        parameters.append(limit)
        let rows = try await client.query(
            filter.subject.isProduct ? filter.sort.ofProduct : filter.sort.ofSeller, with: parameters)
        var reviews: [Review] = []
        for row in rows { reviews.append(try review(row)) }
        return reviews
    }

    /// How often each number of stars was given, from one star on; nil where nothing was ever counted.
    static func histogram(
        of subject: ReviewSubject, in client: some PostgresClient
    ) async throws(PostgresError) -> RatingHistogram {
        let row = try await client.first(
            "select ones, twos, threes, fours, fives from reviews.counters where subject = $1 and subject_id = $2",
            subject.name, subject.rawID)
        guard let row else { return RatingHistogram() }
        var counts: [Int] = []
        for column in 0..<5 { counts.append(Int(try row.int32(column))) }
        return RatingHistogram(counts)
    }

    /// A counter, which stays as it is until the transaction ends; zero where there is none.
    static func lockedRating(
        of subject: ReviewSubject, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> (count: Int32, sum: Int64) {
        let row = try await transaction.first(
            """
            select rating_count, rating_sum from reviews.counters where subject = $1 and subject_id = $2
             order by subject, subject_id for share
            """, subject.name, subject.rawID)
        guard let row else { return (0, 0) }
        return (try row.int32(0), try row.int64(1))
    }
}

extension ReviewSort {
    /// `$1` subject, `$2` and `$3` the position before, `$4` stars, `$5` whether with media alone, `$6` rows.
    private static func text(_ subject: String, _ sort: ReviewSort) -> PostgresSQL {
        let (comparison, direction) = sort.isAscending ? (">", "asc") : ("<", "desc")
        return PostgresSQL(
            text: """
                select \(ReviewStore.columns) from reviews.reviews r
                 where r.shown and r.\(subject) = $1 and (r.\(sort.column), r.id) \(comparison) ($2, $3)
                   and ($4::smallint is null or r.rating = $4) and (not $5 or r.media_count > 0)
                 order by r.\(sort.column) \(direction), r.id \(direction) limit $6
                """)
    }

    private static let productSQL = allCases.map { text("product_id", $0) }
    private static let sellerSQL = allCases.map { text("seller_id", $0) }

    fileprivate var ofProduct: PostgresSQL { Self.productSQL[index] }
    fileprivate var ofSeller: PostgresSQL { Self.sellerSQL[index] }

    private var column: String {
        switch self {
        case .newest: "created_at"
        case .helpful: "helpful_count"
        case .highest, .lowest: "rating"
        }
    }
}

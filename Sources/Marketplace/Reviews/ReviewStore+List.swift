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
        parameters.append(limit)
        if let rating = filter.rating { parameters.append(Int16(rating)) }
        let rows = try await client.query(ReviewListSQL.of(filter), with: parameters)
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

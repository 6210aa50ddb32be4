// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// What readers do to a review. Its row is locked by the caller, so that a vote and its counter cannot part.
extension ReviewStore {
    /// Adds a vote or takes it back.
    ///
    /// - Returns: how many there are now; nil where nothing changed.
    static func vote(
        _ isHelpful: Bool, for id: ReviewID, by user: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Int? {
        let sql: PostgresSQL =
            isHelpful
            ? """
            with v as (insert into reviews.votes (review_id, user_id) values ($1, $2) on conflict do nothing returning 1)
            update reviews.reviews set helpful_count = helpful_count + 1 where id = $1 and exists (select 1 from v)
            returning helpful_count
            """
            : """
            with v as (delete from reviews.votes where review_id = $1 and user_id = $2 returning 1)
            update reviews.reviews set helpful_count = helpful_count - 1 where id = $1 and exists (select 1 from v)
            returning helpful_count
            """
        guard let row = try await transaction.first(sql, id.rawValue, user.rawValue) else { return nil }
        return Int(try row.int32(0))
    }

    /// Writes a report down, once for each user.
    static func report(
        _ id: ReviewID, by user: UserID, _ reason: ReviewReason, _ note: String?, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            with n as (insert into reviews.reports (review_id, user_id, reason_code, note) values ($1, $2, $3, $4)
                       on conflict do nothing returning 1)
            update reviews.reviews set report_count = report_count + 1 where id = $1 and exists (select 1 from n)
            """, id.rawValue, user.rawValue, reason.rawValue, note)
    }
}

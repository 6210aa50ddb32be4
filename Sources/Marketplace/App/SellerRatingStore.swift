// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// Sellers as far as reviews and tables go: whom they belong to, whether they sell, and their copy of their reviews' counter.
enum SellerRatingStore {
    /// The seller that the user owns.
    static func seller(of user: UserID, in client: some PostgresClient) async throws -> SellerID? {
        let row = try await client.first("select id from sellers.sellers where owner_user_id = $1", user.rawValue)
        return try row.map { SellerID(rawValue: try $0.int64(0)) }
    }

    /// Whether the seller sells: neither suspended nor closed, nor not yet approved.
    static func isActive(_ seller: SellerID, in client: some PostgresClient) async throws -> Bool {
        try await client.first(
            "select 1 from sellers.sellers where id = $1 and status = 'active'", seller.rawValue) != nil
    }

    /// Sets the copy, within the caller's transaction.
    static func setRating(
        of seller: SellerID, count: Int32, sum: Int64, in transaction: some PostgresClient
    ) async throws {
        try await transaction.execute(
            """
            update sellers.sellers set rating_count = $2, rating_sum = $3
             where id = $1 and (rating_count, rating_sum) is distinct from ($2, $3)
            """, seller.rawValue, count, sum)
    }
}

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
        var parameters = PostgresParameters()
        parameters.append(PostgresTimestamp(microseconds: position.key))
        parameters.append(position.id.rawValue)
        parameters.append(limit)
        if let statuses = filter.statuses {
            if statuses.count == 1 {
                parameters.append(statuses[0].rawValue)
            } else {
                parameters.appendArray(statuses) { $0.rawValue }
            }
        }
        if let product = filter.product { parameters.append(product.rawValue) }
        if let seller = filter.seller { parameters.append(seller.rawValue) }
        let rows = try await client.query(ReviewModerationSQL.of(filter), with: parameters)
        var reviews: [Review] = []
        for row in rows { reviews.append(try review(row)) }
        return reviews
    }
}

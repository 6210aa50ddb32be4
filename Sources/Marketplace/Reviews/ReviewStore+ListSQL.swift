// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The statements of lists: one for each subject, order and set of filters, so that each is planned for what it asks.
enum ReviewListSQL {
    /// The statement of a list: `$1` subject, `$2` and `$3` the position before, `$4` rows, `$5` stars where they are asked for.
    static func of(_ filter: ReviewFilter) -> PostgresSQL {
        all[index(filter.subject.isProduct, filter.sort, filter.rating != nil, filter.withMedia)]
    }

    private static func index(_ isProduct: Bool, _ sort: ReviewSort, _ hasRating: Bool, _ hasMedia: Bool) -> Int {
        sort.index << 3 | (isProduct ? 4 : 0) | (hasRating ? 2 : 0) | (hasMedia ? 1 : 0)
    }

    private static let all: [PostgresSQL] = ReviewSort.allCases.flatMap { sort in
        (0..<8).map { bits in
            PostgresSQL(
                text: text(
                    bits & 4 != 0 ? "product_id" : "seller_id", sort, hasRating: bits & 2 != 0, hasMedia: bits & 1 != 0)
            )
        }
    }

    private static func text(_ subject: String, _ sort: ReviewSort, hasRating: Bool, hasMedia: Bool) -> String {
        let (comparison, direction) = sort.isAscending ? (">", "asc") : ("<", "desc")
        let filters = (hasRating ? " and r.rating = $5" : "") + (hasMedia ? " and r.media_count > 0" : "")
        return """
            select \(ReviewStore.columns) from reviews.reviews r
             where r.shown and r.\(subject) = $1 and (r.\(sort.column), r.id) \(comparison) ($2, $3)\(filters)
             order by r.\(sort.column) \(direction), r.id \(direction) limit $4
            """
    }
}

extension ReviewSort {
    fileprivate var column: String {
        switch self {
        case .newest: "created_at"
        case .helpful: "helpful_count"
        case .highest, .lowest: "rating"
        }
    }
}

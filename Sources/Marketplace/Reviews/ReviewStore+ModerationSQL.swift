// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The statements of the moderators' list: one for each direction and set of filters, so that each is planned for what it asks.
enum ReviewModerationSQL {
    /// The statement of a list: `$1` and `$2` the position before, `$3` rows, then state, product and seller, those that are
    /// asked for.
    static func of(_ filter: ModerationFilter) -> PostgresSQL {
        all[
            (filter.isNewestFirst ? 1 : 0) | (filter.status != nil ? 2 : 0) | (filter.isReported ? 4 : 0)
                | (filter.product != nil ? 8 : 0) | (filter.seller != nil ? 16 : 0)]
    }

    private static let all = (0..<32).map { PostgresSQL(text: text($0)) }

    private static func text(_ bits: Int) -> String {
        let (comparison, direction) = bits & 1 != 0 ? ("<", "desc") : (">", "asc")
        var filters = ""
        var parameter = 3
        for (bit, column) in [(2, "status"), (8, "product_id"), (16, "seller_id")] where bits & bit != 0 {
            parameter += 1
            filters += " and r.\(column) = $\(parameter)"
        }
        if bits & 4 != 0 { filters += " and r.report_count > 0" }
        return """
            select \(ReviewStore.columns) from reviews.reviews r
             where r.deleted_at is null and (r.created_at, r.id) \(comparison) ($1, $2)\(filters)
             order by r.created_at \(direction), r.id \(direction) limit $3
            """
    }
}

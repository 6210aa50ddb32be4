// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The statements of the moderators' list: one for each direction and set of filters, so that each is planned for what it asks.
enum ReviewModerationSQL {
    /// The statement of a list: `$1` and `$2` the position before, `$3` rows, then state or states, product and seller, those that are
    /// asked for.
    static func of(_ filter: ModerationFilter) -> PostgresSQL {
        let states = filter.statuses.map { $0.count == 1 ? 2 : 32 } ?? 0
        return all[
            (filter.isNewestFirst ? 1 : 0) | states | (filter.isReported ? 4 : 0) | (filter.product != nil ? 8 : 0)
                | (filter.seller != nil ? 16 : 0)]
    }

    private static let all = (0..<64).map { PostgresSQL(text: text($0)) }

    private static func text(_ bits: Int) -> String {
        let (comparison, direction) = bits & 1 != 0 ? ("<", "desc") : (">", "asc")
        var filters = ""
        var parameter = 3
        if bits & (2 | 32) != 0 {
            parameter += 1
            filters += bits & 32 != 0 ? " and r.status = w.status" : " and r.status = $\(parameter)"
        }
        for (bit, column) in [(8, "product_id"), (16, "seller_id")] where bits & bit != 0 {
            parameter += 1
            filters += " and r.\(column) = $\(parameter)"
        }
        if bits & 4 != 0 { filters += " and r.report_count > 0" }
        let order = "order by r.created_at \(direction), r.id \(direction) limit $3"
        let rows = """
            from reviews.reviews r
             where r.deleted_at is null and (r.created_at, r.id) \(comparison) ($1, $2)\(filters)
             \(order)
            """
        guard bits & 32 != 0 else { return "select \(ReviewStore.columns) \(rows)" }
        // Each state's page along the index of states: of them all there is none in this order.
        return """
            select \(ReviewStore.columns)
              from unnest($4::text[]) w(status) cross join lateral (select r.* \(rows)) r
             \(order)
            """
    }
}

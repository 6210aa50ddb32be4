// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// A product that a search found.
struct SearchHit: Sendable {
    /// Where its matches begin and end in ``title`` and ``description``; both are no characters of a text.
    static let (markStart, markEnd): (Unicode.Scalar, Unicode.Scalar) = ("\u{2}", "\u{3}")

    let card: ProductCard
    /// In millionths.
    let rank: Int64
    /// The title, what matches marked.
    let title: String
    /// Some words of the description, what matches marked; unmarked where nothing does.
    let description: String
}

extension CatalogStore {
    /// Of more products that match, so many are ranked, those first whose titles match and of these the newest: a word that nearly
    /// every product has would otherwise have all of them ranked. Always the same ones, or pages would repeat and skip.
    static let rankedMax = 500

    /// A page of what a search finds, with one more than the limit when there are more, and whether more products match than were
    /// ranked.
    ///
    /// - Parameters:
    ///   - query: a `tsquery` of quoted words.
    ///   - after: rank and id of the last hit of the page before.
    /// - Cost: one statement; two indexes, 500 ranks at most.
    func search(
        _ query: String, _ filter: ProductFilter, after: (key: Int64, id: ProductID)?, limit: Int
    ) async throws(PostgresError) -> (hits: [SearchHit], isPartial: Bool) {
        var sql = FilterSQL()
        let words = sql.bind(query)
        let conditions = sql.all(filter)
        var page = "true"
        if let after { page = "(rank, id) < (\(sql.bind(after.key)), \(sql.bind(after.id.rawValue)))" }
        let marks = "StartSel=\(SearchHit.markStart), StopSel=\(SearchHit.markEnd)"
        let text = """
            with q as materialized (select to_tsquery('pg_catalog.english', \(words)) query),
            titled as materialized (
              select p.id, d.document
                from q, catalog.search_documents d join catalog.products p on p.id = d.product_id
               where d.heading @@ q.query and \(conditions) order by d.product_id desc limit \(Self.rankedMax + 1)
            ), other as materialized (
              select p.id, d.document
                from q, catalog.search_documents d join catalog.products p on p.id = d.product_id
               where d.document @@ q.query and not d.heading @@ q.query and \(conditions)
               order by d.product_id desc limit (select \(Self.rankedMax + 1) - count(*) from titled)
            ), found as materialized (
              select 0 as part, id, document from titled union all select 1, id, document from other
               order by part, id desc limit \(Self.rankedMax)
            ), ranked as (
              select id, (ts_rank('{0.05,0.2,0.5,1}', document, q.query) * 1000000)::bigint as rank from q, found
            ), hits as (
              select id, rank from ranked where \(page) order by rank desc, id desc limit \(sql.bind(limit + 1))
            )
            select \(ProductSQL.card), h.rank,
                   ts_headline('pg_catalog.english', p.title, q.query, \(sql.bind("HighlightAll=true, " + marks))),
                   ts_headline('pg_catalog.english', left(p.description, 1000), q.query,
                               \(sql.bind("MaxWords=24, MinWords=8, " + marks))),
                   (select count(*) from titled) + (select count(*) from other) > \(Self.rankedMax)
              from hits h join catalog.products p on p.id = h.id cross join q
              \(ProductSQL.cardTables)
             order by h.rank desc, h.id desc
            """
        let rows = try await searches.run(
            PostgresCall(PostgresSQL(text: text), parameters: sql.parameters, isPrepared: false))
        var hits: [SearchHit] = []
        var isPartial = false
        hits.reserveCapacity(rows.count)
        let first = ProductSQL.cardColumns
        for row in rows {
            hits.append(
                SearchHit(
                    card: try Self.card(row), rank: try row.int64(first), title: try row.string(first + 1),
                    description: try row.string(first + 2)))
            isPartial = try row.bool(first + 3)
        }
        return (hits, isPartial)
    }
}

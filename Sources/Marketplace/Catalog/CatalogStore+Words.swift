// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension CatalogStore {
    /// Words of one search that are corrected; who mistypes among more is not understood.
    static let correctedMax = 8
    /// Words that are tried for each of them, the most similar first.
    static let candidatesMax = 20

    /// The words, each replaced by the most similar one that a visible product has; nil where there is none for one of them, and
    /// for more words than are corrected.
    ///
    /// - Cost: one statement: for each word an index of similar ones, and 20 looks whether a product has one.
    func similar(to words: [String]) async throws(PostgresError) -> [String]? {
        guard words.count <= Self.correctedMax else { return nil }
        let rows = try await searches.query(
            """
            select s.word
              from unnest($1::text[]) with ordinality w(word, place)
              left join lateral (
                select c.word
                  from (select k.word, public.similarity(k.word, w.word) likeness from catalog.search_words k
                         where k.word operator(public.%) w.word order by likeness desc, k.word limit $2) c
                 where exists (select 1 from catalog.search_documents d join catalog.products p on p.id = d.product_id
                                where d.document @@ plainto_tsquery('pg_catalog.english', c.word)
                                  and p.visible and p.price_min_minor is not null)
                 order by c.likeness desc, c.word limit 1) s on true
             order by w.place
            """, words, Self.candidatesMax)
        var similar: [String] = []
        for row in rows {
            guard let word = try row.stringOrNil(0) else { return nil }
            similar.append(word)
        }
        return similar
    }

    /// Removes the words behind `after` that no visible product has, of so many that it looks at.
    ///
    /// One that was just seen stays: its product may not be committed yet.
    ///
    /// - Returns: where to go on, nil behind the last word; and how many are gone.
    func pruneWords(after: String, limit: Int) async throws(PostgresError) -> (last: String?, gone: Int) {
        let row = try await client.first(
            """
            with slice as materialized (
              select word, seen_at from catalog.search_words where word > $1 order by word limit $2
            ), idle as materialized (
              select s.word from slice s
               where s.seen_at < now() - interval '2 hours'
                 and not exists (select 1 from catalog.search_documents d join catalog.products p on p.id = d.product_id
                                  where d.document @@ plainto_tsquery('pg_catalog.english', s.word) and p.visible)
            ), gone as (
              delete from catalog.search_words w using idle
               where w.word = idle.word and w.seen_at < now() - interval '2 hours' returning 1
            )
            select (select max(word) from slice), (select count(*) from slice) = $2, (select count(*) from gone)
            """, after, Int64(limit))
        guard let row else { return (nil, 0) }
        return (try row.bool(1) ? try row.stringOrNil(0) : nil, try row.int(2))
    }
}

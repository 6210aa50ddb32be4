// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

@Suite(.timeLimit(.minutes(3))) struct SearchProductsTests {
    private static let path = "/api/products/search/"

    private static let rows =
        """
        insert into sellers.sellers (id, slug, business_name, status) values (1, 'one', 'Seller One', 'active'),
          (2, 'two', 'Seller Two', 'suspended');
        insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids) values
          (1, null, 'a', 'A', '{a}', '{1}'), (2, 1, 'b', 'B', '{a,b}', '{1,2}');
        insert into catalog.products (id, seller_id, category_id, slug, title, brand, description, moderation, hsn_code,
                                      gst_rate_bps, attributes, status) values
          (1, 1, 2, 'p1', 'Brass table lamp', 'Diya', 'Warm light', 'approved', '94', 1800, '{}', 'active'),
          (2, 1, 2, 'p2', 'Wooden shelf', 'Brass', 'Oak', 'approved', '94', 1800, '{}', 'active'),
          (3, 1, 2, 'p3', 'Door handle', 'Hold', 'Solid', 'approved', '94', 1800, '{"material": "Brass"}', 'active'),
          (4, 1, 1, 'p4', 'Curtain rod', 'Hold', 'With ends of brass & <b>steel</b>', 'approved', '94', 1800, '{}', 'active'),
          (5, 2, 2, 'p5', 'Brass bell', null, '', 'approved', '94', 1800, '{}', 'active'),
          (6, 1, 2, 'p6', 'Brass draft', null, '', 'draft', '94', 1800, '{}', 'active'),
          (7, 1, 2, 'p7', 'Lamps "two" <script>alert(1)</script> & more', null, '', 'approved', '94', 1800, '{}', 'active'),
          (8, 1, 2, 'p8', 'पीतल का दीपक', null, '', 'approved', '94', 1800, '{}', 'active');
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor, options)
        select p.id * 10, p.id, p.seller_id, 'S' || p.id, 100 * p.id, '{"Size": "M"}' from catalog.products p;
        update inventory.stock set on_hand = 5;
        """

    private static func search(_ shop: CatalogFixture, _ query: String) async throws -> TestClient.Answer {
        let answer = try await shop.get("\(path)?q=\(query)")
        try #require(answer.status == 200, "\(query): \(answer.text)")
        return answer
    }

    private static func ids(_ numbers: [Int64]) -> [String] { numbers.map(CatalogRows.product) }

    @Test func titlesWeighMostThenBrandsAttributesAndDescriptions() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let answer = try await Self.search(shop, "brass")
            #expect(try answer.ids == Self.ids([1, 2, 3, 4]), "and neither the suspended seller's nor the draft")
            #expect(answer.header("Cache-Control") == "public, max-age=30, stale-while-revalidate=60")
            #expect(try answer.json["did_you_mean"] == nil)
            for (query, numbers) in [
                ("LAMPS", [7, 1]), ("brass%20lamp", [1]), ("bra", [1, 2, 3, 4]), ("brass%20la", [1]),
                ("%E0%A4%AA%E0%A5%80%E0%A4%A4%E0%A4%B2", [8]), ("shelf+brass", [2]), ("brass%26lamp", [1]),
            ] as [(String, [Int64])] {
                let found = try await Self.search(shop, query).ids
                #expect(Set(found) == Set(Self.ids(numbers)), "\(query)")
            }
        }
    }

    @Test func whatChangesIsFoundAtOnce() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            _ = try await shop.database.sql(
                """
                update catalog.products set title = 'Copper lamp' where id = 1;
                update sellers.sellers set status = 'active' where id = 2
                """)
            let brass = try await Self.search(shop, "brass").ids
            #expect(Set(brass) == Set(Self.ids([2, 3, 4, 5])))
            let copper = try await Self.search(shop, "copper").ids
            #expect(copper == Self.ids([1]))
        }
    }

    @Test func takesTheFiltersOfFilter() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            for (query, numbers) in [
                ("category_id=\(CatalogRows.category(2))", [1, 2, 3]), ("brand=Hold", [3, 4]),
                ("attr.material=Brass,Steel", [3]), ("price_min=200&price_max=300", [2, 3]),
                ("options.Size=L", []), ("seller_id=\(CatalogRows.seller(1))&in_stock=true", [1, 2, 3, 4]),
                ("rating_min=1", []),
            ] as [(String, [Int64])] {
                let found = try await Self.search(shop, "brass&\(query)").ids
                #expect(Set(found) == Set(Self.ids(numbers)), "\(query)")
            }
        }
    }

    @Test func highlightsAreHTMLAndNothingElseOfThemIsMarkup() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let lamps = try await Self.search(shop, "lamp").json["data"]?.elements ?? []
            let marked = lamps.compactMap { $0["highlights"]?["title"]?.string }
            #expect(
                Set(marked) == [
                    "Brass table <mark>lamp</mark>",
                    "<mark>Lamps</mark> &quot;two&quot; &lt;script&gt;alert(1)&lt;/script&gt; &amp; more",
                ])
            let rod = try await Self.search(shop, "brass%20rod").json["data"]?.elements?.first
            #expect(rod?["highlights"]?["title"]?.string == "Curtain <mark>rod</mark>")
            let description = rod?["highlights"]?["description"]?.string ?? ""
            #expect(description.contains("<mark>brass</mark>") && !description.contains("<b>"))
            #expect(Highlight.html("a\u{2}b\u{2}c\u{3}\u{3}<\u{2}d") == "a<mark>bc</mark>&lt;<mark>d</mark>")
        }
    }

    @Test func countsWhereItIsAsked() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let counted = try await Self.search(shop, "brass&limit=3&include=count")
            #expect(try counted.json["page"]?["count"]?.int == 4, "\(counted.text)")
            #expect(try counted.json["page"]?["count_is_estimate"] == nil)
            let cursor = try #require(try counted.json["page"]?["next_cursor"]?.string)
            let plain = try await Self.search(shop, "brass&limit=3&cursor=\(cursor)")
            #expect(try plain.json["page"]?["count"] == nil && plain.ids == Self.ids([4]))
            let filtered = try await Self.search(shop, "brass&brand=Hold&include=count")
            #expect(try filtered.json["page"]?["count"]?.int == 2)
            for nothing in ["zzzzzz", "%21%21"] {
                let none = try await Self.search(shop, "\(nothing)&include=count")
                #expect(try none.json["page"]?["count"]?.int == 0)
            }
            // What was behind the cursor has gone: a page of nothing still says how many there are.
            _ = try await shop.database.sql("update catalog.products set status = 'unlisted' where id = 4")
            let behind = try await Self.search(shop, "brass&limit=3&cursor=\(cursor)&include=count")
            #expect(try behind.ids.isEmpty && behind.json["page"]?["count"]?.int == 3, "\(behind.text)")
            let wrong = try await shop.get("\(Self.path)?q=brass&include=all")
            #expect(wrong.status == 422)
        }
    }

    @Test func saysWhatMayHaveBeenMeant() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let typo = try await Self.search(shop, "bras%20tabel")
            #expect(try typo.ids.isEmpty && typo.json["did_you_mean"]?.string == "brass table")
            for query in ["zzzzzz", "table%20handle"] {
                let answer = try await Self.search(shop, query)
                #expect(try answer.ids.isEmpty && answer.json["did_you_mean"] == nil, "\(query)")
            }
            // A word that only hidden products have is not suggested.
            let hidden = try await Self.search(shop, "drafft")
            #expect(try hidden.json["did_you_mean"]?.string != "draft")
        }
    }

    @Test func correctsFewWordsByFewCandidates() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            _ = shop.statements.take()
            let many = Array(repeating: "lamp", count: CatalogStore.correctedMax).joined(separator: "%20")
            let answer = try await Self.search(shop, many + "%20bras%20tabel")
            #expect(try answer.ids.isEmpty && answer.json["did_you_mean"] == nil)
            #expect(shop.statements.take().count == 1, "no word of so many is corrected")
            // More similar words than are tried, none of which a product has, hide the one that is less similar.
            _ = try await shop.database.sql(
                """
                insert into catalog.search_words (word)
                select 'handel' || chr(96 + g) from generate_series(1, \(CatalogStore.candidatesMax - 1)) g
                """)
            func meant() async throws -> String? {
                try await Self.search(shop, "handel").json["did_you_mean"]?.string
            }
            #expect(try await meant() == "handle")
            _ = try await shop.database.sql("insert into catalog.search_words (word) values ('handelz')")
            #expect(try await meant() == nil)
        }
    }

    @Test func wordsComeWithVisibleProductsAndGoWithThem() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let (store, logger) = (shop.store, Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            func has(_ word: String) async throws -> Bool {
                try await shop.loop.run {
                    try await store.client.first("select 1 from catalog.search_words where word = $1", word) != nil
                }
            }
            let reaper = SearchWordReaper(
                executor: shop.loop, clock: shop.loop, store: CatalogStore(client: shop.pool), logger: logger)
            func sweep() async throws -> Int { try await shop.loop.run { await reaper.sweep() } }
            let words = try await [has("brass"), has("shelf"), has("draft"), has("bell")]
            #expect(words == [true, true, false, false], "of the draft and of the suspended seller none")
            _ = try await shop.database.sql(
                """
                update catalog.products set moderation = 'approved' where id = 6;
                update sellers.sellers set status = 'active' where id = 2;
                """)
            let shown = try await [has("draft"), has("bell")]
            #expect(shown == [true, true])
            _ = try await shop.database.sql("update catalog.products set status = 'unlisted' where id in (2, 6)")
            #expect(try await sweep() == 0, "they were seen just now")
            _ = try await shop.database.sql("update catalog.search_words set seen_at = now() - interval '3 hours'")
            #expect(try await sweep() > 0)
            let left = try await [has("draft"), has("wooden"), has("shelf"), has("brass"), has("bell")]
            #expect(left == [false, false, false, true, true])
            // A product that gets an old word keeps it from going.
            _ = try await shop.database.sql("update catalog.products set title = 'Brass thing' where id = 3")
            let seen = try await shop.database.sql(
                "select 'fresh' from catalog.search_words where word = 'brass' and seen_at > now() - interval '1 hour'")
            #expect(seen.contains("fresh"))
        }
    }

    @Test func pagesFollowTheRankWithoutGapOrRepetition() async throws {
        try await CatalogFixture.with { shop in
            var ids: [String] = []
            var cursor: String?
            repeat {
                let answer = try await Self.search(
                    shop, "product&limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""))
                ids += try answer.ids
                cursor = try answer.json["page"]?["next_cursor"]?.string
            } while cursor != nil
            #expect(ids == (1...60).reversed().map { CatalogRows.product($0) }, "of one rank: by id, the newest first")
        }
    }

    /// Six hundred products with the word in their descriptions, the oldest three in their titles.
    private static let many = """
        insert into sellers.sellers (id, slug, business_name, status) values (1, 'one', 'Seller One', 'active');
        insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids) values (1, null, 'a', 'A', '{a}', '{1}');
        insert into catalog.products (id, seller_id, category_id, slug, title, description, moderation, hsn_code, gst_rate_bps)
        select g, 1, 1, 'p' || g, case when g <= 3 then 'Brass ' else 'Thing ' end || g, repeat('brass ', 1 + g % 3), 'approved',
               '94', 1800 from generate_series(1, 600) g order by g * 7919 % 601;
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
        select g * 10, g, 1, 'S' || g, 100 from generate_series(1, 600) g;
        """

    @Test func ofMoreThanAreRankedTheTitledAndTheNewestAreAndTheAnswerSaysSo() async throws {
        try await CatalogFixture.with(rows: Self.many) { shop in
            func all() async throws -> [String] {
                var ids: [String] = []
                var cursor: String?
                repeat {
                    let answer = try await Self.search(
                        shop, "brass&limit=90" + (cursor.map { "&cursor=\($0)" } ?? ""))
                    ids += try answer.ids
                    #expect(try answer.json["results_are_partial"]?.bool == true)
                    cursor = try answer.json["page"]?["next_cursor"]?.string
                } while cursor != nil
                return ids
            }
            let ids = try await all()
            #expect(Set(ids.prefix(3)) == Set(Self.ids([1, 2, 3])), "titles weigh most, however old they are")
            #expect(ids.count == CatalogStore.rankedMax && Set(ids) == Set(Self.ids([1, 2, 3] + Array(104...600))))
            // Rows that lie elsewhere now do not make others appear.
            _ = try await shop.database.sql(
                "update catalog.search_documents set heading = heading where product_id % 2 = 0")
            let again = try await all()
            #expect(again == ids)
            let counted = try await Self.search(shop, "brass&limit=1&include=count").json["page"]
            #expect(counted?["count"]?.int == CatalogStore.rankedMax && counted?["count_is_estimate"]?.bool == true)
            let few = try await Self.search(shop, "thing%20204")
            #expect(try few.ids == Self.ids([204]) && few.json["results_are_partial"] == nil)
        }
    }

    @Test func hostileTextsFindNothingAndHarmNothing() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let long = String(repeating: "x", count: 200)
            for query in [
                "!!", "%27%27", "%26%7C%21%28%29%3A%2A", "%27%3B%20drop%20table%20catalog.products%3B--",
                "%25%25%25%25",
                "%5C%5C", "****", long, "%3C%2D%3E", "a%3A%2A%20%7C%20b", "%22unbalanced", "%F0%9F%AA%94%F0%9F%AA%94",
                "the%20and", String(repeating: "a%20", count: 99) + "a", "%E2%80%AE%E2%80%AE",
            ] {
                let answer = try await Self.search(shop, query)
                #expect(try answer.ids.isEmpty || query.hasPrefix("a%20"), "\(query)")
            }
            let all = try await Self.search(shop, "brass").ids
            #expect(all.count == 4)
        }
    }

    @Test func badQueriesAreRefused() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            let long = String(repeating: "x", count: 201)
            for (query, status, code) in [
                ("", 422, "validation-failed"), ("q=", 422, "validation-failed"), ("q=a", 422, "validation-failed"),
                ("q=\(long)", 422, "validation-failed"), ("q=lamp&q=shelf", 400, "malformed-request"),
                ("q=a%00b", 400, "malformed-request"), ("q=%FF%FE", 400, "malformed-request"),
                ("q=lamp&sort=price", 400, "unknown-parameter"), ("q=lamp&limit=101", 400, "malformed-request"),
                ("q=lamp&cursor=x", 400, "invalid-cursor"), ("q=lamp&price_min=x", 422, "validation-failed"),
                ("q=lamp&category_id=\(CatalogRows.category(9))", 404, "not-found"),
            ] {
                let answer = try await shop.get("\(Self.path)?\(query)")
                #expect(answer.status == status && answer.code == code, "\(query)")
            }
        }
    }

    @Test func memoryAnswersTwiceAndForgetsWithTheNews() async throws {
        try await CatalogFixture.with(rows: Self.rows) { shop in
            try await shop.loop.run { await shop.memory.trust() }
            let first = try await Self.search(shop, "brass")
            _ = shop.statements.take()
            let same = try await shop.get(
                "\(Self.path)?q=brass", headers: [("If-None-Match", first.header("ETag") ?? "")])
            #expect(same.status == 304 && shop.statements.take().isEmpty)
            try await shop.loop.run { await shop.memory.forget(.products([ProductID(rawValue: 99)])) }
            _ = try await Self.search(shop, "brass")
            #expect(shop.statements.take().count == 1)
        }
    }
}

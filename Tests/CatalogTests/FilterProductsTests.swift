// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

@Suite(.timeLimit(.minutes(4))) struct FilterProductsTests {
    private static let path = "/api/products/filter/"
    /// Categories and sellers of `CatalogRows` alone.
    private static let places = String(
        CatalogRows.sql.prefix(
            upTo: CatalogRows.sql.firstRange(of: "insert into catalog.products")?.lowerBound ?? CatalogRows.sql.endIndex
        ))

    private static func counts(_ answer: TestClient.Answer) throws -> [String: [String: Int]] {
        var counts: [String: [String: Int]] = [:]
        for facet in try answer.json["facets"]?.elements ?? [] {
            for value in facet["values"]?.elements ?? [] {
                counts[facet["name"]?.string ?? "?", default: [:]][value["value"]?.string ?? "?"] =
                    value["count"]?.int
            }
        }
        return counts
    }

    @Test(arguments: 1...4) func agreesWithANaiveFilterOverRandomCatalogues(_ seed: UInt64) async throws {
        let catalogue = RandomCatalogue(seed: seed)
        try await CatalogFixture.with(rows: Self.places + catalogue.sql) { shop in
            var random = SeededRandom(seed: seed &* 1000)
            for _ in 0..<60 {
                let (filter, query) = RandomCatalogue.filter(&random)
                let answer = try await shop.get("\(Self.path)?limit=100&\(query.joined(separator: "&"))")
                try #require(answer.status == 200, "\(query): \(answer.text)")
                let expected = catalogue.matches(filter).map { CatalogRows.product($0.product.id) }
                let ids = try answer.ids
                #expect(Set(ids) == Set(expected) && ids.count == expected.count, "\(query)")
                let counts = try Self.counts(answer)
                #expect(counts == catalogue.facets(filter), "\(query)")
            }
        }
    }

    @Test func whatIsAskedOfVariantsHoldsWithinOne() async throws {
        let rows =
            Self.places + """
                insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
                values (1, 1, 2, 'one', 'One', 'approved', '6109', 1800), (2, 1, 2, 'two', 'Two', 'approved', '6109', 1800);
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor, options) values
                  (11, 1, 1, 'a', 100, '{"Colour": "Red", "Size": "S"}'), (12, 1, 1, 'b', 900, '{"Colour": "Blue", "Size": "M"}'),
                  (21, 2, 1, 'c', 500, '{"Colour": "Red", "Size": "M"}');
                update inventory.stock set on_hand = 1 where variant_id in (12, 21);
                """
        try await CatalogFixture.with(rows: rows) { shop in
            let (one, two) = (CatalogRows.product(1), CatalogRows.product(2))
            for (query, ids) in [
                ("options.Colour=Red&options.Size=M", [two]), ("options.Colour=Red,Blue", [two, one]),
                ("options.Colour=Red&price_max=200", [one]), ("options.Colour=Red&price_min=600", []),
                ("options.Colour=Red&in_stock=true", [two]), ("price_min=200&price_max=600", [two]),
                ("currency=USD", []), ("currency=INR&options.Size=S", [one]),
            ] {
                let found = try await shop.get("\(Self.path)?\(query)").ids
                #expect(found == ids, "\(query)")
            }
        }
    }

    @Test func countsWhereItIsAsked() async throws {
        try await CatalogFixture.with { shop in
            let all = try await shop.get("\(Self.path)?options.size=0&limit=100").ids.count
            #expect(all > 2)
            let counted = try await shop.get("\(Self.path)?options.size=0&limit=2&include=count")
            #expect(try counted.json["page"]?["count"]?.int == all, "\(counted.text)")
            #expect(try counted.json["page"]?["count_is_estimate"] == nil)
            // All pages say the same.
            let cursor = try #require(try counted.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("\(Self.path)?options.size=0&limit=2&include=count&cursor=\(cursor)")
            #expect(try second.json["page"]?["count"]?.int == all)
            let plain = try await shop.get("\(Self.path)?options.size=0&limit=2&cursor=\(cursor)")
            #expect(try plain.json["page"]?["count"] == nil && plain.ids == second.ids)
            let none = try await shop.get("\(Self.path)?brand=nobody&include=count")
            #expect(try none.json["page"]?["count"]?.int == 0)
            let wrong = try await shop.get("\(Self.path)?include=everything")
            #expect(wrong.status == 422 && wrong.code == "validation-failed")
        }
    }

    @Test func facetsFromMemoryDoNotLiveLongerInAPage() async throws {
        let clock = ManualExecutor()
        try await CatalogFixture.with(clock: clock) { shop in
            try await shop.loop.run { await shop.memory.trust() }
            func statements(_ limit: Int) async throws -> Int {
                _ = shop.statements.take()
                _ = try await shop.get("\(Self.path)?brand=x&limit=\(limit)")
                return shop.statements.take().count
            }
            #expect(try await statements(1) == 2)
            clock.advance(by: .seconds(20))
            #expect(try await statements(2) == 1, "with the facets of the other page")
            #expect(try await statements(2) == 0)
            clock.advance(by: .seconds(10))
            #expect(try await statements(2) == 2, "which are thirty seconds old now")
        }
    }

    @Test func pagesFollowEachOtherAndShareTheirFacets() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            let query = "options.size=0&sort=price&limit=25"
            var ids: [String] = []
            var cursor: String?
            var facets: [[String: [String: Int]]] = []
            repeat {
                let answer = try await shop.get("\(Self.path)?\(query)" + (cursor.map { "&cursor=\($0)" } ?? ""))
                #expect(answer.header("Cache-Control") == "public, max-age=30, stale-while-revalidate=60")
                ids += try answer.ids
                facets.append(try Self.counts(answer))
                cursor = try answer.json["page"]?["next_cursor"]?.string
            } while cursor != nil
            #expect(ids.count == CatalogRows.count && Set(ids).count == ids.count)
            #expect(facets.allSatisfy { $0 == facets[0] } && !facets[0].isEmpty)
            #expect(shop.statements.take().count == 3 + 1, "three pages and one count")
        }
    }

    @Test func memoryFollowsTheStockOfAllWhereItIsAskedFor() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            for (query, isRead) in [("in_stock=true", true), ("limit=1", false)] {
                let tag = try await shop.get("\(Self.path)?\(query)").header("ETag")
                _ = shop.statements.take()
                try await shop.loop.run { await shop.memory.forget(.stock([VariantID(rawValue: 11)])) }
                let again = try await shop.get("\(Self.path)?\(query)", headers: [("If-None-Match", tag ?? "")])
                #expect(again.status == 304 && shop.statements.take().isEmpty != isRead, "\(query)")
            }
        }
    }

    @Test func badQueriesAreRefused() async throws {
        try await CatalogFixture.with { shop in
            let many = (0...FacetLimits.selectionsMax).map { "attr.a\($0)=1" }.joined(separator: "&")
            let values = (0...FacetLimits.valuesMax).map { "\($0)" }.joined(separator: ",")
            let cursor = try #require(
                try await shop.get("\(Self.path)?limit=1").json["page"]?["next_cursor"]?.string)
            for (query, status, code) in [
                ("colour=red", 400, "unknown-parameter"), ("attr.=x", 400, "unknown-parameter"),
                ("brand=a&brand=b", 400, "malformed-request"), ("brand=", 422, "validation-failed"),
                ("brand=a,,b", 422, "validation-failed"), ("brand=a%5C", 422, "validation-failed"),
                ("attr.colour=\(values)", 422, "validation-failed"), (many, 422, "validation-failed"),
                ("price_min=-1", 422, "validation-failed"), ("price_min=2&price_max=1", 422, "validation-failed"),
                ("price_max=1e3", 422, "validation-failed"), ("rating_min=5.01", 422, "validation-failed"),
                ("rating_min=4.", 422, "validation-failed"), ("rating_min=six", 422, "validation-failed"),
                ("in_stock=yes", 422, "validation-failed"), ("currency=rupees", 422, "validation-failed"),
                ("sort=rank", 422, "validation-failed"), ("limit=0", 400, "malformed-request"),
                ("category_id=\(CatalogRows.category(99))", 404, "not-found"), ("seller_id=x", 404, "not-found"),
                ("seller_id=\(CatalogRows.seller(99))", 404, "not-found"),
                ("cursor=\(cursor)&brand=x", 400, "invalid-cursor"), ("attr.a=%00", 400, "malformed-request"),
            ] {
                let answer = try await shop.get("\(Self.path)?\(query)")
                #expect(answer.status == status && answer.code == code, "\(query) \(answer.text)")
            }
            let hostile = "attr.'%3B--=%27%20or%201%3D1&options.%22%5D=%24%24"
            let answer = try await shop.get("\(Self.path)?\(hostile)")
            #expect(try answer.status == 200 && answer.ids.isEmpty)
        }
    }

    /// Finished pages are remembered by their parameters, which hold whatever people send.
    @Test func whatOneParameterHoldsIsNeverAnother() async throws {
        let rows =
            Self.places + """
                insert into catalog.products (id, seller_id, category_id, slug, title, brand, moderation, hsn_code, gst_rate_bps)
                values (1, 1, 2, 'p-1', 'P', 'Acme', 'approved', '6109', 1800);
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor) values (10, 1, 1, 'S-1', 100);
                """
        try await CatalogFixture.with(rows: rows) { shop in
            for query in ["brand=Acme%26price_max%3D5000", "brand=Acme&price_max=5000"] {
                let found = try await shop.get("\(Self.path)?\(query)").ids.count
                #expect(found == (query.contains("%26") ? 0 : 1), "\(query)")
            }
        }
    }

    @Test func facetsAreBoundedAndChosenValuesAlwaysShown() async throws {
        let rows =
            Self.places + """
                insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps, attributes)
                select g, 1, 2, 'p-' || g, 'P', 'approved', '6109', 1800,
                       jsonb_build_object('many', 'v' || g, 'list', jsonb_build_array('x'))
                       || case when g = 1 then (select jsonb_object_agg('rare' || n, true) from generate_series(1, 30) n) else '{}' end
                  from generate_series(1, 80) g;
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
                select g * 10, g, 1, 'S-' || g, 100 from generate_series(1, 80) g;
                """
        try await CatalogFixture.with(rows: rows) { shop in
            let answer = try await shop.get("\(Self.path)?attr.many=v9,nothing")
            let counts = try Self.counts(answer)
            #expect(counts.count == FacetLimits.shownMax || counts.count == 1)
            let many = try #require(counts["attr.many"])
            #expect(many["v9"] == 1 && many["nothing"] == 0)
            #expect((50...52).contains(many.count))
            #expect(counts["attr.list"] == nil, "only single values are facets")
            let all = try Self.counts(try await shop.get(Self.path))
            #expect(all.count == FacetLimits.shownMax && all["attr.many"]?.count == FacetLimits.valuesShownMax)
        }
    }
}

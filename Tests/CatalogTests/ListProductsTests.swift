// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

@Suite(.timeLimit(.minutes(3))) struct ListProductsTests {
    static let path = "/api/products/list/"

    /// The ids of all pages, one after the other.
    static func walk(_ shop: CatalogFixture, _ query: String, limit: Int) async throws -> [String] {
        var ids: [String] = []
        var cursor: String?
        repeat {
            let answer = try await shop.get(
                "\(path)?\(query)&limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? ""))
            #expect(answer.status == 200)
            let page = try answer.ids
            #expect(page.count <= limit)
            ids += page
            cursor = try answer.json["page"]?["next_cursor"]?.string
            let hasMore = try answer.json["page"]?["has_more"]?.bool
            #expect(hasMore == (cursor != nil))
        } while cursor != nil
        return ids
    }

    @Test(arguments: ["newest", "price", "-price", "rating", "popular"])
    func pagesFollowTheOrderWithoutGapOrRepetition(_ sort: String) async throws {
        try await CatalogFixture.with { shop in
            let order = [
                "newest": "created_at desc, id desc", "price": "price_min_minor, id",
                "-price": "price_min_minor desc, id desc", "rating": "rating_centi desc, id desc",
                "popular": "sold_count desc, id desc",
            ]
            for (query, condition) in [
                ("", "true"), ("&seller_id=\(CatalogRows.seller(2))", "seller_id = 2"),
                ("&category_id=\(CatalogRows.category(2))", "category_id in (2, 3)"),
                ("&category_id=\(CatalogRows.category(3))", "category_id = 3"),
                (
                    "&category_id=\(CatalogRows.category(1))&seller_id=\(CatalogRows.seller(1))",
                    "category_id in (2, 3, 4) and seller_id = 1"
                ),
            ] {
                let text = try await shop.database.sql(
                    """
                    select string_agg(id::text, ',' order by \(order[sort] ?? "")) from catalog.products
                     where visible and price_min_minor is not null and \(condition)
                    """)
                let expected = text.split { !$0.isNumber }.compactMap { Int64($0) }.map(CatalogRows.product)
                for limit in [1, 7, 100] where limit > 1 || query == "" {
                    let ids = try await Self.walk(shop, "sort=\(sort)\(query)", limit: limit)
                    #expect(ids == expected, "\(sort) \(query) \(limit)")
                }
            }
        }
    }

    @Test func showsOnlyWhatIsForSale() async throws {
        try await CatalogFixture.with { shop in
            let ids = try await Self.walk(shop, "sort=newest", limit: 100)
            #expect(ids.count == CatalogRows.count)
            #expect(!ids.contains { [61, 62, 63].map(CatalogRows.product).contains($0) })
            _ = try await shop.database.sql(
                """
                update sellers.sellers set status = 'suspended' where id = 2;
                update catalog.products set status = 'unlisted' where id = 2;
                update catalog.products set moderation = 'pending_review_changes' where id = 4;
                update catalog.products set moderation = 'rejected' where id = 6
                """)
            let left = try await Self.walk(shop, "sort=newest", limit: 100)
            #expect(left.count == 28 && left.contains(CatalogRows.product(4)), "an approved revision stays live")
        }
    }

    @Test func aCardHasItsMembersAndStock() async throws {
        try await CatalogFixture.with { shop in
            let answer = try await shop.get("\(Self.path)?limit=100&sort=price")
            let cards = try #require(try answer.json["data"]?.elements)
            let card = try #require(cards.first { $0["id"]?.string == CatalogRows.product(12) })
            #expect(card["title"]?.string == "Product 12" && card["in_stock"]?.bool == true)
            #expect(card["seller"]?["rating"]?["count"]?.int == 10)
            #expect(card["badges"]?.elements?.first?.string == "new")
            let soldOut = try #require(cards.first { $0["id"]?.string == CatalogRows.product(20) })
            #expect(soldOut["in_stock"]?.bool == false)
            #expect(answer.header("Cache-Control") == "public, max-age=30, stale-while-revalidate=60")
            #expect(shop.statements.take().count == 1)
        }
    }

    @Test func theCountIsThereOnDemand() async throws {
        try await CatalogFixture.with { shop in
            let plain = try await shop.get("\(Self.path)?limit=1").json
            #expect(plain["page"]?["count"] == nil)
            let counted = try await shop.get("\(Self.path)?limit=1&include=count").json
            #expect(counted["page"]?["count"]?.int == CatalogRows.count)
            #expect(counted["page"]?["count_is_estimate"] == nil)
            let empty = try await shop.get("\(Self.path)?include=count&category_id=\(CatalogRows.category(5))").json
            #expect(empty["page"]?["count"]?.int == 0)
            #expect(BoundedCount(10_000).isEstimate == false)
            #expect(BoundedCount(10_001).isEstimate && BoundedCount(10_001).value == 10_000)
        }
    }

    @Test func badQueriesAreRefused() async throws {
        try await CatalogFixture.with { shop in
            let first = try await shop.get("\(Self.path)?limit=1")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            for (query, status, code) in [
                ("limit=0", 400, "malformed-request"), ("limit=101", 400, "malformed-request"),
                ("sort=cheapest", 422, "validation-failed"), ("include=everything", 422, "validation-failed"),
                ("category_id=nonsense", 404, "not-found"),
                ("category_id=\(CatalogRows.category(99))", 404, "not-found"),
                ("seller_id=\(CatalogRows.seller(99))", 404, "not-found"), ("cursor=nonsense", 400, "invalid-cursor"),
                ("cursor=\(cursor)&sort=price", 400, "invalid-cursor"), ("colour=red", 400, "unknown-parameter"),
                ("limit=1&limit=2", 400, "malformed-request"), ("sort=price&sort=price", 400, "malformed-request"),
            ] {
                let answer = try await shop.get("\(Self.path)?\(query)")
                #expect(answer.status == status && answer.code == code, "\(query)")
            }
            let empty = try await shop.get("\(Self.path)?seller_id=\(CatalogRows.seller(3))")
            #expect(try empty.status == 200 && empty.ids.isEmpty, "a suspended seller exists and sells nothing")
        }
    }

    @Test func memoryKnowsAPageHoweverItIsWrittenAndForgetsItWithTheNews() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            let query = "category_id=\(CatalogRows.category(3))&sort=price"
            let swapped = "sort=price&category_id=\(CatalogRows.category(3))"
            let first = try await shop.get("\(Self.path)?\(query)")
            _ = shop.statements.take()
            let again = try await shop.get("\(Self.path)?\(swapped)")
            let tag = try #require(first.header("ETag"))
            let same = try await shop.get("\(Self.path)?\(query)", headers: [("If-None-Match", "\"other\", \(tag)")])
            #expect(again.body == first.body && same.status == 304 && same.body.isEmpty)
            #expect(shop.statements.take().isEmpty)
            // Category 3 has the products 1, 4, 7, …; the stock of others is none of its business, their prices may be.
            for (change, isRead) in [
                (.stock([VariantID(rawValue: 20)]), false), (.sold([VariantID(rawValue: 10)]), true),
                (.stock([VariantID(rawValue: 41)]), true), (.offers([VariantID(rawValue: 20)]), true),
                (.products([ProductID(rawValue: 2)]), true), (.stock(nil), true),
                (.stock((1000...1064).map { VariantID(rawValue: $0) }), true),
            ] as [(SharedChange, Bool)] {
                _ = try await shop.get("\(Self.path)?\(query)")
                _ = shop.statements.take()
                try await shop.loop.run { await shop.memory.forget(change) }
                _ = try await shop.get("\(Self.path)?\(query)")
                #expect(shop.statements.take().isEmpty != isRead, "\(change)")
            }
        }
    }

    @Test func whoSendsATokenOrAVersionIsAnsweredByTheHandler() async throws {
        try await CatalogFixture.with { shop in
            let first = try await shop.get("\(Self.path)?limit=3")
            let other = try await shop.get("\(Self.path)?limit=3", headers: [("Authorization", "Bearer x")])
            #expect(other.status == 200 && other.body == first.body)
        }
    }
}

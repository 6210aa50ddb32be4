// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

@Suite(.timeLimit(.minutes(2))) struct GetProductTests {
    private static let path = "/api/products/detail/"

    private static func target(_ number: Int64) -> String { "\(path)?id=\(CatalogRows.product(number))" }

    @Test func showsAllOfAProduct() async throws {
        try await CatalogFixture.with { shop in
            // Product 12: seller 1, category 2, variants 120 (12 units) and 121 (none), cheapest 10000.
            let answer = try await shop.get(Self.target(12))
            #expect(answer.status == 200)
            #expect(answer.header("Cache-Control") == "public, max-age=30, stale-while-revalidate=60")
            #expect(answer.header("Vary")?.contains("Authorization") == true)
            let product = try answer.json
            #expect(product["id"]?.string == CatalogRows.product(12))
            #expect(product["slug"]?.string == "product-12")
            #expect(product["seller"]?["name"]?.string == "Seller One")
            #expect(product["price"]?["amount"]?.int == 10000)
            #expect(product["compare_at_price"]?["amount"]?.int == 20000)
            #expect(product["price_is_from"]?.bool == true)
            #expect(product["in_stock"]?.bool == true)
            #expect(product["attributes"]?["colour"]?.string == "red")
            #expect(product["hsn_code"]?.string == "6109")
            #expect(product["gst_rate_bps"]?.int == 1800)
            #expect(product["status"]?.string == "active")
            #expect(product["moderation"]?["status"]?.string == "approved")
            #expect(product["b2b"]?["moq"]?.int == 1)
            #expect(product["return_policy"]?["days"]?.int == 7)
            let variants = try #require(product["variants"]?.elements)
            #expect(variants.map { $0["id"]?.string } == [CatalogRows.variant(120), CatalogRows.variant(121)])
            #expect(variants[0]["available"]?.isNull == true, "above ten nobody is told how many")
            #expect(variants[1]["available"]?.int == 0)
            #expect(variants[1]["tiers"]?.elements?.count == 2)
            #expect(variants[1]["min_quantity"]?.int == 2 && variants[1]["step"]?.int == 2)
            #expect(variants[1]["max_quantity"]?.int == 100)
            // The same by name.
            let named = try await shop.get("\(Self.path)?slug=product-12")
            #expect(named.body == answer.body && named.header("ETag") == answer.header("ETag"))
        }
    }

    @Test func availabilityIsExactUpToTen() async throws {
        try await CatalogFixture.with { shop in
            // 10 has ten units, 11 eleven.
            let ten = try await shop.get(Self.target(10)).json
            #expect(ten["variants"]?.elements?.first?["available"]?.int == 10)
            let eleven = try await shop.get(Self.target(11)).json
            #expect(eleven["variants"]?.elements?.first?["available"]?.isNull == true)
        }
    }

    @Test func whatIsNotForSaleIsNotFound() async throws {
        try await CatalogFixture.with { shop in
            let hidden = [61, 62, 63, 999].map(Self.target)
            for target in hidden + ["\(Self.path)?id=nonsense", "\(Self.path)?slug=nothing", "\(Self.path)?slug="] {
                let answer = try await shop.get(target)
                #expect(answer.status == 404 && answer.code == "not-found", "\(target)")
                #expect(answer.header("Cache-Control")?.contains("public") != true)
            }
            // A holiday hides at once what was there.
            let before = try await shop.get(Self.target(1))
            #expect(before.status == 200)
            _ = try await shop.database.sql(
                "update sellers.sellers set holiday_from = now() - interval '1 day', holiday_to = now() + interval '1 day'"
            )
            let after = try await shop.get(Self.target(1))
            #expect(after.status == 404)
        }
    }

    @Test func badQueriesAreRefused() async throws {
        try await CatalogFixture.with { shop in
            let id = CatalogRows.product(1)
            for (query, status, code) in [
                ("", 422, "validation-failed"), ("?id=\(id)&slug=product-1", 422, "validation-failed"),
                ("?id=\(id)&id=\(id)", 400, "malformed-request"), ("?id=\(id)&colour=red", 400, "unknown-parameter"),
                ("?slug=%00", 400, "malformed-request"),
            ] {
                let answer = try await shop.get(Self.path + query)
                #expect(answer.status == status && answer.code == code, "\(query)")
            }
            #expect(shop.statements.take().isEmpty, "none of them reaches the database")
        }
    }

    @Test func whoHasItAlreadyGetsNoBody() async throws {
        try await CatalogFixture.with { shop in
            let first = try await shop.get(Self.target(5))
            let tag = try #require(first.header("ETag"))
            let same = try await shop.get(Self.target(5), headers: [("If-None-Match", tag)])
            #expect(same.status == 304 && same.body.isEmpty && same.header("ETag") == tag)
            #expect(same.header("Cache-Control") == first.header("Cache-Control"))
            _ = try await shop.database.sql("update inventory.stock set on_hand = on_hand + 1, version = version + 1")
            let changed = try await shop.get(Self.target(5), headers: [("If-None-Match", tag)])
            #expect(
                changed.status == 200 && changed.header("ETag") != tag, "stock shows in the answer, so it is in the tag"
            )
        }
    }

    @Test func takesTwoStatementsAndNoneFromMemory() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            let first = try await shop.get(Self.target(5))
            #expect(shop.statements.take().count == 2)
            let again = try await shop.get(Self.target(5))
            let named = try await shop.get("\(Self.path)?slug=product-5")
            let same = try await shop.get(Self.target(5), headers: [("If-None-Match", first.header("ETag") ?? "")])
            #expect(again.body == first.body && named.body == first.body && same.status == 304)
            #expect(again.header("ETag") == first.header("ETag"))
            #expect(again.header("Cache-Control") == first.header("Cache-Control"))
            #expect(shop.statements.take().isEmpty)
        }
    }

    @Test func newsOfItsProductStockAndOffersMakeItRead() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            let (product, variant) = (ProductID(rawValue: 5), VariantID(rawValue: 51))
            let other = VariantID(rawValue: 60)
            for (change, isOurs) in [
                (.products([product]), true), (.products(nil), true), (.ratings([product]), true),
                (.ratings([ProductID(rawValue: 6)]), false), (.stock([variant]), true),
                (.sold([other, variant]), true), (.offers([variant]), true), (.offers(nil), true),
                (.products([ProductID(rawValue: 6)]), false), (.stock([other]), false), (.sold([other]), false),
                (.offers([other]), false),
            ] as [(SharedChange, Bool)] {
                _ = try await shop.get("\(Self.path)?slug=product-5")
                _ = shop.statements.take()
                try await shop.loop.run { await shop.memory.forget(change) }
                _ = try await shop.get(Self.target(5))
                #expect(shop.statements.take().isEmpty != isOurs, "\(change)")
            }
        }
    }

    @Test func nothingIsRememberedWhileNewsAreNotHeard() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            _ = try await shop.get(Self.target(5))
            try await shop.loop.run { await shop.memory.distrust() }
            for _ in 0..<2 {
                _ = shop.statements.take()
                _ = try await shop.get(Self.target(5))
                #expect(shop.statements.take().count == 2)
            }
        }
    }
}

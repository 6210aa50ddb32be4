// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ListOwnProductsTests {
    private static let path = "/api/sellers/products/"

    /// Products A (5 units), B (none), C (20 units and 2 units), of which A is approved.
    private static func stocked(_ shop: ProductsFixture) async throws -> [ProductsFixture.Made] {
        let a = try await shop.approved(
            ProductsFixture.body(title: "Alpha 100%", variants: [ProductsFixture.variant("A-1", extra: #","stock":5"#)])
        )
        let b = try await shop.draft(ProductsFixture.body(title: "Beta", variants: [ProductsFixture.variant("B-1")]))
        let c = try await shop.draft(
            ProductsFixture.body(
                title: "Gamma",
                variants: [
                    ProductsFixture.variant("C-1", colour: "red", extra: #","stock":20"#),
                    ProductsFixture.variant("C-2", colour: "blue", extra: #","stock":2"#),
                ], extra: #","options":[{"name":"colour","values":["red","blue"]}]"#))
        _ = try await shop.draft(as: shop.lata)
        return [a, b, c]
    }

    @Test func showsUnitsOfEachVariant() async throws {
        try await ProductsFixture.with { shop in
            let made = try await Self.stocked(shop)
            let answer = try await shop.get(Self.path)
            #expect(try answer.ids == made.reversed().map(\.id))
            let first = try answer.json["data"]?.elements?.first
            #expect(first?["variants"]?.elements?.map { $0["stock"]?["on_hand"]?.int } == [20, 2])
            #expect(first?["seller"]?["name"]?.string == "Loom")
        }
    }

    @Test(
        "filters",
        arguments: [
            ("status=active", ["Alpha 100%"]), ("status=draft", ["Gamma", "Beta"]), ("status=archived", []),
            ("moderation=approved", ["Alpha 100%"]), ("moderation=draft", ["Gamma", "Beta"]),
            ("stock=in", ["Gamma", "Alpha 100%"]), ("stock=out", ["Beta"]), ("stock=low", ["Gamma", "Alpha 100%"]),
            ("q=amm", ["Gamma"]), ("q=c-", ["Gamma"]), ("q=100%25", ["Alpha 100%"]), ("q=_", []),
            ("q=b&status=draft&stock=out", ["Beta"]), ("status=draft,active,draft", ["Gamma", "Beta", "Alpha 100%"]),
            ("moderation=approved,rejected", ["Alpha 100%"]), ("sort=created_at", ["Alpha 100%", "Beta", "Gamma"]),
            ("sort=-created_at&status=draft", ["Gamma", "Beta"]),
            ("created_from=2020-01-01T00:00:00Z&created_to=2020-01-02T00:00:00Z", []),
            ("created_from=2020-01-01T00:00:00Z&updated_from=2020-01-01T00:00:00Z&status=active", ["Alpha 100%"]),
            ("created_from=2999-01-01T00:00:00Z", []), ("updated_from=2999-01-01T00:00:00Z", []),
            ("updated_to=2020-01-01T00:00:00Z", []),
        ])
    func filters(query: String, titles: [String]) async throws {
        try await ProductsFixture.with { shop in
            _ = try await Self.stocked(shop)
            let answer = try await shop.get("\(Self.path)?\(query)")
            #expect(try answer.json["data"]?.elements?.map { $0["title"]?.string } == titles, "\(answer.text)")
        }
    }

    @Test func pagesByKey() async throws {
        try await ProductsFixture.with { shop in
            let made = try await Self.stocked(shop)
            var ids: [String] = []
            var target = "\(Self.path)?limit=1"
            for _ in 0..<3 {
                let answer = try await shop.get(target)
                ids += try answer.ids
                guard let cursor = try answer.json["page"]?["next_cursor"]?.string else { break }
                target = "\(Self.path)?limit=1&cursor=\(cursor)"
            }
            #expect(ids == made.reversed().map(\.id))
            let last = try await shop.get(target)
            #expect(try last.json["page"]?["has_more"]?.bool == false)
            // A cursor belongs to its list, and to its seller.
            let cursor = try #require(
                try await shop.get("\(Self.path)?limit=1").json["page"]?["next_cursor"]?.string)
            let filtered = try await shop.get("\(Self.path)?limit=1&status=draft&cursor=\(cursor)")
            #expect(filtered.code == "invalid-cursor")
            let foreign = try await shop.get("\(Self.path)?limit=1&cursor=\(cursor)", as: shop.lata)
            #expect(foreign.code == "invalid-cursor")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            for (query, code) in [
                ("status=gone", "validation-failed"), ("stock=some", "validation-failed"),
                ("q=%20", "validation-failed"),
                ("moderation=", "validation-failed"), ("limit=0", "malformed-request"),
                ("colour=red", "unknown-parameter"),
                ("q=a&q=b", "malformed-request"),
            ] {
                let answer = try await shop.get("\(Self.path)?\(query)")
                #expect(answer.code == code, "\(query)")
            }
        }
    }
}

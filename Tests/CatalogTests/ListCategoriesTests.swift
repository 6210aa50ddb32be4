// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

@Suite(.timeLimit(.minutes(2))) struct ListCategoriesTests {
    private static let path = "/api/categories/list/"

    private static func slugs(_ value: JSONValue?) -> [String] {
        (value?.elements ?? []).flatMap { node in
            [node["slug"]?.string ?? "?"] + slugs(node["children"]).map { "\(node["slug"]?.string ?? "?")/\($0)" }
        }
    }

    @Test func showsTheTree() async throws {
        try await CatalogFixture.with { shop in
            let answer = try await shop.get(Self.path)
            #expect(answer.status == 200)
            #expect(answer.header("Cache-Control") == "public, max-age=30, stale-while-revalidate=60")
            #expect(Self.slugs(try answer.json["data"]) == ["a", "a/d", "a/b", "a/b/c"], "empty branches are left out")
            let root = try answer.json["data"]?.elements?.first
            #expect(root?["product_count"]?.int == CatalogRows.count, "those below included, hidden ones not")
            #expect(root?["children"]?.elements?.last?["name"]?.string == "B \"quoted\"")
            let whole = try await shop.get("\(Self.path)?include_empty=true").json
            #expect(Self.slugs(whole["data"]) == ["a", "a/d", "a/b", "a/b/c", "e"])
            let top = try await shop.get("\(Self.path)?depth=1").json
            #expect(Self.slugs(top["data"]) == ["a"])
            let below = try await shop.get("\(Self.path)?parent_id=\(CatalogRows.category(2))").json
            #expect(Self.slugs(below["data"]) == ["c"])
        }
    }

    @Test func badQueriesAreRefused() async throws {
        try await CatalogFixture.with { shop in
            for (query, status, code) in [
                ("depth=0", 422, "validation-failed"), ("depth=6", 422, "validation-failed"),
                ("include_empty=maybe", 422, "validation-failed"), ("parent_id=nonsense", 404, "not-found"),
                ("parent_id=\(CatalogRows.category(99))", 404, "not-found"), ("limit=1", 400, "unknown-parameter"),
                ("depth=1&depth=1", 400, "malformed-request"),
            ] {
                let answer = try await shop.get("\(Self.path)?\(query)")
                #expect(answer.status == status && answer.code == code, "\(query)")
            }
        }
    }

    @Test func whoHasItAlreadyGetsNoBody() async throws {
        try await CatalogFixture.with { shop in
            let tag = try #require(try await shop.get(Self.path).header("ETag"))
            let same = try await shop.get(Self.path, headers: [("If-None-Match", tag)])
            #expect(same.status == 304 && same.body.isEmpty)
        }
    }

    @Test func newsOfAllProductsMakeItRead() async throws {
        try await CatalogFixture.with { shop in
            try await shop.loop.run { await shop.memory.trust() }
            _ = try await shop.get(Self.path)
            _ = shop.statements.take()
            _ = try await shop.database.sql("update catalog.categories set name = 'Other' where id = 4")
            _ = try await shop.get(Self.path)
            #expect(shop.statements.take().isEmpty)
            try await shop.loop.run { await shop.memory.forget(.products(nil)) }
            let after = try await shop.get("\(Self.path)?parent_id=\(CatalogRows.category(1))").json
            #expect(after["data"]?.elements?.first?["name"]?.string == "Other")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

/// What admins read: all products, what waits, and one for its review.
@Suite(.timeLimit(.minutes(2))) struct ReviewListsTests {
    private static func some(_ shop: ProductsFixture) async throws -> [ProductsFixture.Made] {
        var made: [ProductsFixture.Made] = []
        for number in 0..<3 {
            made.append(
                try await shop.submitted(
                    ProductsFixture.body(title: "Waiting \(number)", variants: [ProductsFixture.variant("W-\(number)")])
                ))
        }
        made.append(try await shop.draft(as: shop.lata))
        return made
    }

    @Test func listsAllProducts() async throws {
        try await ProductsFixture.with { shop in
            let path = "/api/admin/products/"
            let made = try await Self.some(shop)
            let all = try await shop.get(path, as: shop.admin)
            #expect(try all.ids == made.reversed().map(\.id))
            for (query, count) in [
                ("moderation=pending_review", 3), ("seller_id=\(SellerID(rawValue: 12))", 1), ("q=waiting+1", 1),
                ("q=walnut-sp", 1), ("category_id=\(CategoryID(rawValue: 21))", 4),
                ("category_id=\(CategoryID(rawValue: 99))", 0), ("q=w-2", 1), ("status=draft", 4),
                ("status=active,archived", 0), ("sort=created_at&moderation=draft,pending_review", 4),
                ("updated_from=2999-01-01T00:00:00Z", 0), ("created_to=2999-01-01T00:00:00Z", 4),
            ] {
                let answer = try await shop.get("\(path)?\(query)", as: shop.admin)
                #expect(try answer.ids.count == count, "\(query) \(answer.text)")
            }
            for (query, code) in [
                ("seller_id=x", "not-found"), ("category_id=x", "not-found"), ("moderation=x", "validation-failed"),
                ("stock=in", "unknown-parameter"),
                ("status=active,", "validation-failed"), ("sort=title", "validation-failed"),
                ("created_from=yesterday", "validation-failed"), ("cursor=x", "invalid-cursor"),
            ] {
                let answer = try await shop.get("\(path)?\(query)", as: shop.admin)
                #expect(answer.code == code, "\(query)")
            }
        }
    }

    @Test func listsWhatWaitsTheOldestFirst() async throws {
        try await ProductsFixture.with { shop in
            let path = "/api/admin/catalog/products/pending/"
            let made = try await Self.some(shop)
            _ = try await shop.pool.execute(
                """
                update catalog.revisions set submitted_at = now() - make_interval(hours => 50)
                 where product_id = (select max(product_id) from catalog.revisions)
                """)
            let all = try await shop.get(path, as: shop.admin)
            #expect(try all.ids == [made[2].id, made[0].id, made[1].id])
            let data = try all.json["data"]?.elements
            #expect(data?.map { $0["waiting_hours"]?.int } == [50, 0, 0])
            #expect(data?.first?["moderation"]?["revision"]?.int == 1)
            let old = try await shop.get("\(path)?older_than_hours=24", as: shop.admin)
            #expect(try old.ids == [made[2].id])
            let others = try await shop.get("\(path)?seller_id=\(SellerID(rawValue: 12))", as: shop.admin)
            #expect(try others.ids.isEmpty)
            let turned = try await shop.get("\(path)?sort=-submitted_at", as: shop.admin)
            #expect(try turned.ids == [made[1].id, made[0].id, made[2].id])
            let turnedOn = try await shop.get("\(path)?sort=-submitted_at&limit=2", as: shop.admin)
            let turnedCursor = try #require(try turnedOn.json["page"]?["next_cursor"]?.string)
            let rest = try await shop.get(
                "\(path)?sort=-submitted_at&limit=2&cursor=\(turnedCursor)", as: shop.admin)
            #expect(try rest.ids == [made[2].id])
            let other = try await shop.get("\(path)?limit=2&cursor=\(turnedCursor)", as: shop.admin)
            #expect(other.code == "invalid-cursor")
            let late = try await shop.get("\(path)?created_from=2999-01-01T00:00:00Z", as: shop.admin)
            #expect(try late.ids.isEmpty)
            let first = try await shop.get("\(path)?limit=2", as: shop.admin)
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            // What is decided leaves the list, and the next page goes on where the first one ended.
            _ = try await shop.decide("approve", made[2].id)
            let second = try await shop.get("\(path)?limit=2&cursor=\(cursor)", as: shop.admin)
            #expect(try second.ids == [made[1].id])
            #expect(try second.json["page"]?["next_cursor"]?.isNull == true)
            for (query, code) in [
                ("seller_id=x", "not-found"), ("older_than_hours=-1", "validation-failed"),
                ("cursor=x", "invalid-cursor"),
            ] {
                let answer = try await shop.get("\(path)?\(query)", as: shop.admin)
                #expect(answer.code == code, "\(query)")
            }
        }
    }

    @Test func showsAProductForItsReview() async throws {
        try await ProductsFixture.with { shop in
            let path = "/api/admin/products/detail/"
            let product = try await shop.approved()
            _ = try await shop.update(product.id, version: product.version, #""title":"Oak","brand":"Dhwani""#)
            _ = try await shop.decide("reject", product.id)
            _ = try await shop.update(product.id, version: product.version + 2, #""title":"Elm""#)
            let answer = try await shop.get("\(path)?id=\(product.id)", as: shop.admin)
            let json = try answer.json
            let diff = try #require(json["revision"]?["diff"]?.elements)
            #expect(diff.map { $0["field"]?.string } == ["title"])
            #expect(diff[0]["before"]?.string == "Walnut speaker" && diff[0]["after"]?.string == "Elm")
            let history = try #require(json["history"]?.elements)
            #expect(history.map { $0["event"]?.string } == ["revise", "reject", "revise", "approve", "submit"])
            #expect(history[1]["reason_code"]?.string == "images" && history[1]["note"]?.string == "Too dark.")
            #expect(history[1]["actor"]?.string == shop.admin.user.description)
            #expect(history[1]["to"]?["moderation"]?.string == "approved")
            #expect(json["flags"]?.elements?.map { $0.string } == ["no_images", "resubmitted"])
            for id in ["prd_x", "\(ProductID(rawValue: 5))"] {
                let unknown = try await shop.get("\(path)?id=\(id)", as: shop.admin)
                #expect(unknown.status == 404 && unknown.code == "not-found")
            }
            let none = try await shop.get(path, as: shop.admin)
            #expect(none.code == "validation-failed")
        }
    }
}

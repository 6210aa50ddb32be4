// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Synchronization
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CreateCategoryTests {
    @Test func makesOne() async throws {
        try await CategoryFixture.with { shop in
            let made = try await shop.post(
                "create",
                CategoryFixture.new("audio-2", under: 3, extra: #","position":7,"image_url":"/media/a.webp""#),
                key: "cat-0001")
            #expect(made.status == 201)
            #expect(try made.json["path"]?.elements?.map { $0.string } == ["a", "b", "c", "audio-2"])
            #expect(try made.json["position"]?.int == 7)
            #expect(try made.json["tax_class"]?.string == "standard")
            #expect(try made.json["product_count"]?.int == 0)
            let again = try await shop.post(
                "create",
                CategoryFixture.new("audio-2", under: 3, extra: #","position":7,"image_url":"/media/a.webp""#),
                key: "cat-0001")
            #expect(again.isReplay && again.body == made.body)
            #expect(shop.told.changes.withLock { $0 } == [false])
            let audit = try await shop.base.row(
                "select action, actor_type, actor_id, after->>'slug' from platform.audit")
            #expect(audit == "category.created|admin|90|audio-2")
        }
    }

    @Test(
        "what is no category",
        arguments: [
            CategoryFixture.new("Audio", under: nil), CategoryFixture.new("a--b", under: nil),
            CategoryFixture.new("b", under: nil), CategoryFixture.new("x", under: 99),
            CategoryFixture.new("x", under: nil, extra: #","image_url":"http://plain.example/x""#),
            CategoryFixture.new("x", under: nil, extra: #","tax_class":"20 %""#), #"{"slug":"x"}"#,
            #"{"name":" x","slug":"x"}"#,
        ])
    func invalid(body: String) async throws {
        try await CategoryFixture.with { shop in
            let refused = try await shop.post("create", body)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.base.row("select count(*) from catalog.categories") == "5")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await CategoryFixture.with { shop in try await shop.refusesOthers("create") }
    }

    @Test func oneKeyMakesOne() async throws {
        try await CategoryFixture.with { shop in
            try await shop.replays(
                "create", CategoryFixture.new("one", under: nil), CategoryFixture.new("two", under: nil))
        }
    }
}

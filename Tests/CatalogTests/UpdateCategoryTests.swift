// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Synchronization
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct UpdateCategoryTests {
    @Test func aTaxClassRaisesTheOffers() async throws {
        try await CategoryFixture.with { shop in
            let before = try await shop.base.row("select offer_version from inventory.stock where variant_id = 20")
            // Product 2 is in category 2 + 2 % 3 = 4.
            let changed = try await shop.post("update", #"{"id":"\#(CategoryFixture.id(4))","tax_class":"reduced"}"#)
            #expect(try changed.json["tax_class"]?.string == "reduced")
            let after = try await shop.base.row("select offer_version from inventory.stock where variant_id = 20")
            #expect(try #require(Int(after)) == (try #require(Int(before))) + 1)
            #expect(shop.told.changes.withLock { $0 } == [true])
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await CategoryFixture.with { shop in try await shop.refusesOthers("update") }
    }

    @Test func oneKeyChangesOnce() async throws {
        try await CategoryFixture.with { shop in
            let id = CategoryFixture.id(4)
            try await shop.replays("update", #"{"id":"\#(id)","name":"Dees"}"#, #"{"id":"\#(id)","name":"Does"}"#)
        }
    }

    @Test(
        "what is no change",
        arguments: [
            #""slug":"a""#, #""slug":"A b""#, #""name":" x""#, #""image_url":"ftp://x""#, #""position":-1"#,
            #""tax_class":"20 %""#,
        ])
    func invalid(change: String) async throws {
        try await CategoryFixture.with { shop in
            let refused = try await shop.post("update", #"{"id":"\#(CategoryFixture.id(4))",\#(change)}"#)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.base.row("select version from catalog.categories where id = 4") == "1")
        }
    }
}

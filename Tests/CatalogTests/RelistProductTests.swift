// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Synchronization
import TestSupport
import Testing

/// `POST /api/products/relist/`.
@Suite(.timeLimit(.minutes(2))) struct RelistProductTests {
    private func unlisted(_ shop: ProductsFixture) async throws -> ProductsFixture.Made {
        let product = try await shop.approved()
        #expect(try await shop.move("unlist", product.id).status == 200)
        return product
    }

    @Test func comesBackOnTheShelf() async throws {
        try await ProductsFixture.with { shop in
            let product = try await unlisted(shop)
            let back = try await shop.move("relist", product.id)
            #expect(try back.json["status"]?.string == "active")
            #expect(try await shop.text("select sellable::text from inventory.stock") == "true")
            #expect(
                try await shop.events(of: product)
                    == "1 product.submitted, 2 product.approved, 3 product.unlisted, 4 product.relisted")
            let told = shop.told.withLock { $0.last }
            #expect(told?.product.description == product.id && told?.variants.count == 1)
            let again = try await shop.move("relist", product.id)
            #expect(again.status == 200 && again.body == back.body)
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let answer = try await shop.move("relist", draft.id)
            #expect(answer.status == 409 && answer.code == "illegal-transition")
            #expect(try answer.json["from"]?.string == "draft")
            try await shop.refusesOthers("relist", draft.id)
        }
    }

    @Test func aSuspendedSellerPutsNothingBack() async throws {
        try await ProductsFixture.with { shop in
            try await shop.refusesTheSuspended("relist", try await unlisted(shop).id)
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in try await shop.replays("relist", try await unlisted(shop).id) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

/// `POST /api/products/unlist/`.
@Suite(.timeLimit(.minutes(2))) struct UnlistProductTests {
    @Test func goesOffTheShelf() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            let off = try await shop.move("unlist", product.id)
            #expect(try off.json["status"]?.string == "unlisted")
            #expect(try await shop.text("select sellable::text from inventory.stock") == "false")
            let again = try await shop.move("unlist", product.id)
            #expect(again.status == 200 && again.body == off.body)
            #expect(
                try await shop.events(of: product) == "1 product.submitted, 2 product.approved, 3 product.unlisted")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let answer = try await shop.move("unlist", draft.id)
            #expect(answer.status == 409 && answer.code == "illegal-transition")
            #expect(try answer.json["from"]?.string == "draft")
            try await shop.refusesOthers("unlist", draft.id)
        }
    }

    @Test func aSuspendedSellerMayTakeOff() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            try await shop.pool.execute("update sellers.sellers set status = 'suspended' where id = 11")
            #expect(try await shop.move("unlist", product.id).status == 200)
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in try await shop.replays("unlist", try await shop.approved().id) }
    }
}

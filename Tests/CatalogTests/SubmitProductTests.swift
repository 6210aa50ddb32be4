// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// `POST /api/products/submit/`.
@Suite(.timeLimit(.minutes(2))) struct SubmitProductTests {
    @Test func handsInForReview() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let answer = try await shop.move("submit", draft.id, version: 1)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.header("ETag") == "\"v2\"")
            let json = try answer.json
            #expect(json["status"]?.string == "draft")
            #expect(json["moderation"]?["status"]?.string == "pending_review")
            #expect(json["moderation"]?["revision"]?.int == 1)
            // Who asks twice gets the same, and nothing happens.
            let again = try await shop.move("submit", draft.id)
            #expect(try again.json["version"]?.int == 2)
            #expect(try await shop.events(of: draft) == "1 product.submitted")
            let audit = try await shop.text(
                "select string_agg(action || ' ' || actor_type || ' ' || actor_id, ',' order by id) from platform.audit"
            )
            #expect(audit == "product.created user 70,product.submitted user 70")
        }
    }

    @Test func anEditWhileItWaitsIsANewRevision() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let edit = try await shop.update(waiting.id, version: waiting.version, #""title":"Oak speaker""#)
            #expect(try edit.json["title"]?.string == "Oak speaker")
            let stale = try await shop.decide("approve", waiting.id, revision: 1)
            #expect(stale.status == 412 && stale.code == "version-conflict")
            #expect(try stale.json["current_revision"]?.int == 2)
            let fresh = try await shop.decide("approve", waiting.id, revision: 2)
            #expect(try fresh.json["title"]?.string == "Oak speaker")
        }
    }

    @Test func trustedSellersAreApprovedAtOnce() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft(as: shop.lata)
            let answer = try await shop.move("submit", draft.id, as: shop.lata)
            #expect(try answer.json["status"]?.string == "active")
            #expect(try answer.json["moderation"]?["status"]?.string == "approved")
            #expect(try await shop.events(of: draft) == "1 product.submitted, 2 product.approved")
            let audit = try await shop.text(
                "select string_agg(action || ' ' || actor_type, ',' order by id) from platform.audit where action <> 'product.created'"
            )
            #expect(audit == "product.submitted user,product.approved system")
            let sellable = try await shop.text("select sellable::text from inventory.stock")
            #expect(sellable == "true")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            try await shop.refusesOthers("submit", draft.id)
            try await shop.refusesTheSuspended("submit", draft.id)
            let edit = try await shop.update(draft.id, version: draft.version, #""title":"Oak""#)
            #expect(edit.code == "seller-not-active")
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in try await shop.replays("submit", try await shop.draft().id) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// `POST /api/admin/products/approve/`.
@Suite(.timeLimit(.minutes(2))) struct ApproveProductTests {
    @Test func anApprovalPutsAProductOnTheShelf() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let answer = try await shop.decide("approve", waiting.id, revision: 1, extra: #","note":"Fine.""#)
            #expect(answer.status == 200, "\(answer.text)")
            let json = try answer.json
            #expect(json["status"]?.string == "active" && json["moderation"]?["status"]?.string == "approved")
            #expect(
                try await shop.text("select (visible and price_min_minor = 1000)::text from catalog.products") == "true"
            )
            #expect(try await shop.text("select sellable::text from inventory.stock") == "true")
            #expect(try await shop.events(of: waiting) == "1 product.submitted, 2 product.approved")
            let audit = try await shop.text(
                "select action || ' ' || actor_type || ' ' || actor_id || ' ' || reason from platform.audit order by id desc limit 1"
            )
            #expect(audit == "product.approved admin 50 Fine.")
            // Who approves twice gets the same.
            for revision in [nil, 1] {
                let again = try await shop.decide("approve", waiting.id, revision: revision, extra: #","note":"Fine.""#)
                #expect(again.status == 200 && again.body == answer.body)
            }
            #expect(try await shop.events(of: waiting) == "1 product.submitted, 2 product.approved")
        }
    }

    @Test func approvesChangesOfWhatIsOffTheShelf() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            _ = try await shop.post("/api/products/unlist/", #"{"id":"\#(product.id)"}"#)
            _ = try await shop.update(product.id, version: product.version + 1, #""title":"Oak""#)
            let answer = try await shop.decide("approve", product.id).json
            #expect(answer["title"]?.string == "Oak" && answer["status"]?.string == "unlisted")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in try await shop.refusesUndecidable("approve") }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in try await shop.replaysDecision("approve") }
    }

    @Test func anApprovalAndANewerRevisionAtOnce() async throws {
        try await ProductsFixture.with { shop in
            for round in 0..<6 {
                let waiting = try await shop.submitted(
                    ProductsFixture.body(variants: [ProductsFixture.variant("R-\(round)")]))
                async let approval = shop.decide("approve", waiting.id, revision: 1)
                async let edit = shop.update(waiting.id, version: waiting.version, #""title":"Swapped""#)
                let (approved, edited) = try await (approval, edit)
                let live = try await shop.text(
                    "select title || ' ' || moderation from catalog.products where id = \(waiting.row)")
                if approved.status == 200 {
                    // The edit saw a newer version, or the approval came first and the edit was refused.
                    #expect(edited.status == 412)
                    #expect(live == "Walnut speaker approved")
                } else {
                    #expect(approved.status == 412 && edited.status == 200)
                    #expect(live == "Swapped pending_review")
                }
            }
        }
    }
}

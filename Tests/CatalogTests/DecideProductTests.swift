// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// `approve` and `reject`.
@Suite(.timeLimit(.minutes(2))) struct DecideProductTests {
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

    @Test func aRefusalSaysWhy() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let answer = try await shop.decide("reject", waiting.id, revision: 1)
            #expect(answer.status == 200, "\(answer.text)")
            let json = try answer.json
            #expect(json["status"]?.string == "draft" && json["moderation"]?["status"]?.string == "rejected")
            #expect(json["moderation"]?["reason"]?.string == "Too dark.")
            let revision = try await shop.text(
                "select state || ' ' || reason_code || ' ' || note || ' ' || decided_by from catalog.revisions")
            #expect(revision == "rejected images Too dark. 50")
            let again = try await shop.decide("reject", waiting.id)
            #expect(again.status == 200)
            let other = try await shop.decide("approve", waiting.id)
            #expect(other.status == 409 && other.code == "illegal-transition")
            #expect(try other.json["from"]?.string == "rejected")
            // The seller makes it better and hands it in again.
            _ = try await shop.update(waiting.id, version: waiting.version + 1, #""description":"Brighter.""#)
            _ = try await shop.post("/api/products/submit/", #"{"id":"\#(waiting.id)"}"#)
            let approved = try await shop.decide("approve", waiting.id, revision: 2)
            #expect(try approved.json["moderation"]?["reason"] == nil)
            #expect(
                try await shop.events(of: waiting)
                    == "1 product.submitted, 2 product.rejected, 3 product.submitted, 4 product.approved")
        }
    }

    @Test func whatWasApprovedStaysLiveThroughARefusal() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            _ = try await shop.update(product.id, version: product.version, #""title":"Rude words""#)
            let answer = try await shop.decide("reject", product.id, revision: 2).json
            #expect(answer["title"]?.string == "Walnut speaker" && answer["status"]?.string == "active")
            #expect(answer["moderation"]?["status"]?.string == "approved")
            #expect(answer["moderation"]?["reason"]?.string == "Too dark.")
            #expect(try await shop.text("select visible::text from catalog.products") == "true")
            // A revision that was refused is not approved by asking for it again.
            let late = try await shop.decide("approve", product.id, revision: 2)
            #expect(late.code == "illegal-transition")
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

    @Test func aRefusalNeedsAReasonAndANote() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            for (extra, pointer) in [
                ("", "/reason_code"), (#","reason_code":"images""#, "/note"), (#","note":"Dark.""#, "/reason_code"),
            ] {
                let answer = try await shop.decide("reject", waiting.id, extra: extra)
                #expect(answer.status == 422 && answer.code == "reason-required")
                #expect(try ProductsFixture.faults(answer) == [pointer: "required"])
            }
            let unknown = try await shop.decide("reject", waiting.id, extra: #","reason_code":"mood","note":"Dark.""#)
            #expect(try ProductsFixture.faults(unknown) == ["/reason_code": "invalid"])
            let stale = try await shop.decide("reject", waiting.id, revision: 9)
            #expect(stale.code == "version-conflict")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            for decision in ["approve", "reject"] {
                let early = try await shop.decide(decision, draft.id)
                #expect(early.status == 409 && early.code == "illegal-transition")
                for id in ["prd_x", "\(ProductID(rawValue: 5))"] {
                    let unknown = try await shop.decide(decision, id)
                    #expect(unknown.status == 404 && unknown.code == "not-found")
                }
            }
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in
            for (number, decision) in ["approve", "reject"].enumerated() {
                let waiting = try await shop.submitted(
                    ProductsFixture.body(variants: [ProductsFixture.variant("K-\(number)")]))
                let first = try await shop.decide(decision, waiting.id, key: decision)
                try shop.restart()
                let second = try await shop.decide(decision, waiting.id, key: decision)
                #expect(first.status == 200 && second.isReplay && first.body == second.body)
            }
        }
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

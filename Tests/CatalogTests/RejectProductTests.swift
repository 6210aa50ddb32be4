// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// `POST /api/admin/products/reject/`.
@Suite(.timeLimit(.minutes(2))) struct RejectProductTests {
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
            for code in ["Mood", "mood swing", "mood.", "mööd"] {
                let malformed = try await shop.decide(
                    "reject", waiting.id, extra: #","reason_code":"\#(code)","note":"Dark.""#)
                #expect(try ProductsFixture.faults(malformed) == ["/reason_code": "invalid"], "\(code)")
            }
            let stale = try await shop.decide("reject", waiting.id, revision: 9)
            #expect(stale.code == "version-conflict")
        }
    }

    @Test func whoReviewsChoosesTheReason() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let code = "not-for-our_shop-2" + String(repeating: "x", count: 42)
            let answer = try await shop.decide(
                "reject", waiting.id, extra: #","reason_code":"\#(code)","note":"Another shop has it.""#)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await shop.text("select reason_code from catalog.revisions") == code)
            let longer = try await shop.decide(
                "reject", waiting.id, extra: #","reason_code":"\#(code)x","note":"Another shop has it.""#)
            #expect(longer.status == 422)
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in try await shop.refusesUndecidable("reject") }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in try await shop.replaysDecision("reject") }
    }
}

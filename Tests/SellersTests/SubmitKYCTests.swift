// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct SubmitKYCTests {
    private let path = "/api/sellers/kyc/submit/"

    @Test func companiesHaveMoreToProve() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller(type: "company")
            let answer = try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner)
            #expect(answer.status == 409 && answer.code == "kyc-incomplete")
            #expect(answer.missing == SellersFixture.documents + ["incorporation", "signatory"])
        }
    }

    @Test func everythingGoesToTheReviewersOnce() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            for type in SellersFixture.documents { _ = try await fixture.upload(type, by: owner) }
            let first = try await fixture.call(.post, path, by: owner, key: "submit-1-abcdef")
            #expect(first.status == 200)
            #expect(try first.json["status"]?.string == "submitted" && first.missing == [])
            try fixture.forgetMemory()
            let second = try await fixture.call(.post, path, by: owner, key: "submit-1-abcdef")
            #expect(second.isReplay && second.body == first.body)
            #expect(try await fixture.events().count { $0 == "kyc.submitted" } == 1)
            #expect(try await fixture.events().last == "seller.submitted")
            #expect(try await fixture.text("select status from sellers.sellers") == "pending_approval")
            #expect(
                try await fixture.count("select count(*) from sellers.kyc_documents where status = 'under_review'") == 4
            )
            let other = try await fixture.call(.post, path, "{ }", by: owner, key: "submit-1-abcdef")
            #expect(other.code == "idempotency-key-reused")
            let again = try await fixture.call(.post, path, by: owner)
            #expect(again.status == 409 && again.code == "illegal-transition")
            #expect(try again.json["from"]?.string == "submitted")
        }
    }

    /// A document that nobody asks for has run out: everything that is asked for is verified, and no reviewer has anything to do.
    @Test func whatIsProvedNeedsNoReviewer() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.activeSeller(admin)
            try await fixture.pool.execute("update sellers.sellers set kyc_status = 'needs_update'")
            let answer = try await fixture.call(.post, path, by: owner)
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "verified")
            #expect(try await fixture.events().suffix(3) == ["kyc.submitted", "kyc.under_review", "kyc.verified"])
            let steps = try await fixture.text(
                """
                select string_agg(concat_ws(' ', event, from_state, to_state, actor_type), ', ' order by id)
                  from (select * from sellers.history where subject = 'kyc' order by id desc limit 3) h
                """)
            #expect(
                steps
                    == "submit needs_update submitted user, begin_review submitted under_review system, verify under_review verified system"
            )
            #expect(try await fixture.text("select status from sellers.sellers") == "active")
        }
    }

    @Test func onlyWhoOwnsASellerHandsIn() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            #expect(try await fixture.call(.post, path).code == "token-missing")
            for person in [try await fixture.customer(), try await fixture.admin()] {
                #expect(try await fixture.call(.post, path, by: person).code == "forbidden")
            }
            #expect(try await fixture.call(.post, path, by: try await fixture.sellerless()).code == "not-found")
            let incomplete = try await fixture.call(.post, path, by: owner)
            #expect(incomplete.code == "kyc-incomplete" && incomplete.missing == SellersFixture.documents)
            try await fixture.setStatus("closed", of: id)
            #expect(try await fixture.call(.post, path, by: owner).code == "seller-not-active")
        }
    }
}

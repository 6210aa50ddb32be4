// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct RejectSellerTests {
    @Test func whoWasTurnedDownTriesAgainIfItMay() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            try await fixture.verifyAll(owner, by: admin)
            #expect(try await fixture.decide("reject", id, by: admin).status == 200)
            let profile = try await fixture.call(.get, "/api/sellers/profile/", by: owner)
            #expect(try profile.json["status"]?.string == "rejected")
            #expect(try profile.json["reason"]?["note"]?.string == "See the mail.")
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).status == 200)
            #expect(try await fixture.text("select status from sellers.sellers") == "pending_approval")
            let final = try await fixture.call(
                .post, "/api/admin/sellers/reject/",
                #"{"id":"\#(id)","reason_code":"fraud","note":"No.","allow_resubmit":false}"#, by: admin)
            #expect(final.status == 200)
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).code == "illegal-transition")
        }
    }

    /// Its documents wait for their reviewers through the rejection, however many of them were looked at before it.
    @Test(arguments: [0, 1]) func whatNobodyHasReviewedIsNotHandedInAgain(_ reviewed: Int) async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let status = try await fixture.call(.get, "/api/sellers/kyc/status/", by: owner)
            for document in try status.json["documents"]?.elements?.prefix(reviewed) ?? [] {
                let verified = try await fixture.call(
                    .post, "/api/admin/kyc/review/",
                    #"{"document_id":"\#(document["id"]?.string ?? "")","decision":"verified"}"#, by: admin)
                #expect(verified.status == 200)
            }
            #expect(try await fixture.decide("reject", id, by: admin).status == 200)
            let again = try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner)
            #expect(again.status == 200)
            #expect(try again.json["status"]?.string == (reviewed == 0 ? "submitted" : "under_review"))
            #expect(try await fixture.text("select status from sellers.sellers") == "pending_approval")
            #expect(try await fixture.events().count { $0 == "kyc.submitted" } == 1)
            #expect(try await fixture.events().last == "seller.submitted")
            // And the way goes on to the end.
            try await fixture.verifyAll(owner, by: admin)
            let approved = try await fixture.call(.post, "/api/admin/sellers/approve/", #"{"id":"\#(id)"}"#, by: admin)
            #expect(try approved.json["status"]?.string == "active")
        }
    }

    /// Another document withdraws what was handed in; with it everything goes to the reviewers again.
    @Test func whoBringsAnotherDocumentHandsItIn() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            #expect(try await fixture.decide("reject", id, by: admin).status == 200)
            #expect(try await fixture.upload("pan", by: owner).status == 201)
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).status == 200)
            let states = try await fixture.text("select kyc_status || ' ' || status from sellers.sellers")
            #expect(states == "submitted pending_approval")
            #expect(
                try await fixture.count("select count(*) from sellers.kyc_documents where status = 'under_review'") == 4
            )
        }
    }

    @Test func whoIsTurnedDownReadsWhyOnce() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            #expect(try await fixture.decide("reject", id, by: admin).code == "illegal-transition")
            try await fixture.submit(owner)
            let first = try await fixture.decide("reject", id, by: admin, key: "reject-1-abcdef")
            #expect(first.status == 200)
            #expect(try first.json["status"]?.string == "rejected")
            try fixture.forgetMemory()
            let second = try await fixture.decide("reject", id, by: admin, key: "reject-1-abcdef")
            #expect(second.isReplay && second.body == first.body)
            let other = try await fixture.decide(
                "reject", id, by: admin, more: #","allow_resubmit":false"#, key: "reject-1-abcdef")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await fixture.events().count { $0 == "seller.rejected" } == 1)
            #expect(
                try await fixture.count("select count(*) from platform.audit where action = 'seller.rejected'") == 1)
            #expect(
                try await fixture.count(
                    "select count(*) from platform.jobs where kind = 'mail.send' and payload->'data'->>'note' = 'See the mail.'"
                )
                    == 1)
        }
    }

    @Test func onlyAdminsWithThePermissionDecide() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("pending_approval", of: id)
            try await fixture.refusesOthers("reject", id, owner)
            #expect(
                try await fixture.text("select status from sellers.sellers where business_name = 'Kaveri Traders'")
                    == "pending_approval")
        }
    }
}

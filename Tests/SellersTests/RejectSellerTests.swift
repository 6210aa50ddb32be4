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

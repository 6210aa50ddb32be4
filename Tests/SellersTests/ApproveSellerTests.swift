// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct ApproveSellerTests {
    @Test func anApprovedSellerSells() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            #expect(try await fixture.decide("approve", id, by: admin).code == "illegal-transition")
            try await fixture.submit(owner)
            try await fixture.verifyAll(owner, by: admin)
            let body = #"{"id":"\#(id)","commission_override":{"rate_bps":850}}"#
            let answer = try await fixture.call(
                .post, "/api/admin/sellers/approve/", body, by: admin, key: "approve-1-abcdef")
            #expect(answer.status == 200)
            let json = try answer.json
            #expect(json["status"]?.string == "active" && json["commission_override"]?["rate_bps"]?.int == 850)
            #expect(json["history"]?.elements?.last?["event"]?.string == "approve")
            #expect(json["team"]?.elements?.first?["user_id"]?.string == "\(owner.user)")
            try fixture.forgetMemory()
            let replay = try await fixture.call(
                .post, "/api/admin/sellers/approve/", body, by: admin, key: "approve-1-abcdef")
            #expect(replay.isReplay && replay.body == answer.body)
            #expect(try await fixture.events().count { $0 == "seller.approved" } == 1)
            #expect(
                try await fixture.count(
                    "select count(*) from platform.audit where action = 'seller.approved' and actor_type = 'admin'")
                    == 1)
            #expect(
                try await fixture.count(
                    "select count(*) from platform.jobs where kind = 'mail.send' and payload->'data'->>'business' <> ''"
                ) == 1)
            #expect(fixture.news.told.withLock { $0.contains(.offers) && $0.contains(.products) })
            // Other processes have its rule at once.
            #expect(fixture.news.told.withLock { $0.contains(.commissions) })
            let page = try await fixture.call(.get, "/api/sellers/public/?slug=kaveri-traders")
            #expect(page.status == 200)
            let keys = try page.json["status"] != nil || page.json["contact"] != nil || page.json["bank"] != nil
            #expect(!keys)
        }
    }

    @Test func nobodyApprovesThemselves() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            try await fixture.verifyAll(owner, by: admin)
            try await fixture.makeAdmin(owner)
            let answer = try await fixture.decide("approve", id, by: owner)
            #expect(answer.status == 403 && answer.code == "four-eyes-required")
            #expect(try await fixture.text("select status from sellers.sellers") == "pending_approval")
        }
    }

    /// Approval is reinstatement too, of whom a suspension found unproved.
    @Test func everythingMustBeProved() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            let early = try await fixture.decide("approve", id, by: admin)
            #expect(early.status == 409 && early.code == "kyc-incomplete" && early.missing == SellersFixture.documents)
            try await fixture.verifyAll(owner, by: admin)
            let wrong = try await fixture.decide(
                "approve", id, by: admin, more: #","commission_override":{"rate_bps":5001}"#)
            #expect(wrong.code == "validation-failed")
            #expect(try await fixture.decide("approve", id, by: admin).status == 200)
            #expect(try await fixture.decide("suspend", id, by: admin).status == 200)
            let answer = try await fixture.decide("approve", id, by: admin)
            #expect(try answer.json["status"]?.string == "active")
            #expect(try await fixture.events().last == "seller.reinstated")
        }
    }

    @Test func onlyAdminsWithThePermissionDecide() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("pending_approval", of: id)
            try await fixture.refusesOthers("approve", id, owner)
            #expect(
                try await fixture.text("select status from sellers.sellers where business_name = 'Kaveri Traders'")
                    == "pending_approval")
        }
    }

    @Test func theDetailHasTheCommissionInForce() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            func commission() async throws -> JSONValue? {
                try await fixture.call(.get, "/api/admin/sellers/detail/?id=\(id)", by: admin).json["commission"]
            }
            try await fixture.pool.execute(
                "select ledger.set_commission_v1('global', null, null, null, 1200, 0, null, null, false, null, null, null, 'all', null)"
            )
            let before = try await commission()
            #expect(before?["scope"]?.string == "global" && before?["rate_bps"]?.int == 1200)
            try await fixture.submit(owner)
            try await fixture.verifyAll(owner, by: admin)
            let approved = try await fixture.call(
                .post, "/api/admin/sellers/approve/", #"{"id":"\#(id)","commission_override":{"rate_bps":850}}"#,
                by: admin)
            let agreed = try approved.json["commission"]
            #expect(agreed?["scope"]?.string == "seller" && agreed?["rate_bps"]?.int == 850)
            // What was agreed at approval is a rule like any other: the next one replaces it, and one to come does not count yet.
            try await fixture.pool.execute(
                "select ledger.set_commission_v1('seller', null, $1, null, 900, 100, null, null, false, null, null, null, 'new', null)",
                id.rawValue)
            try await fixture.pool.execute(
                "select ledger.set_commission_v1('global', null, null, null, 100, 0, null, null, false, null, now() + interval '1 day', null, 'later', null)"
            )
            let now = try await commission()
            #expect(now?["rate_bps"]?.int == 900 && now?["fixed_fee"]?["amount"]?.int == 100)
            #expect(now?["version"]?.int == 2)
        }
    }
}

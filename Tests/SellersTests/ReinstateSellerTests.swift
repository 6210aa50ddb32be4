// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct ReinstateSellerTests {
    @Test func whatItWasSuspendedForIsHistory() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            #expect(try await fixture.decide("reinstate", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.decide("suspend", id, by: admin).status == 200)
            let first = try await fixture.decide("reinstate", id, by: admin, key: "reinstate-1-abc")
            #expect(first.status == 200)
            #expect(try first.json["status"]?.string == "active")
            try fixture.forgetMemory()
            let second = try await fixture.decide("reinstate", id, by: admin, key: "reinstate-1-abc")
            #expect(second.isReplay && second.body == first.body)
            #expect(try await fixture.events().count { $0 == "seller.reinstated" } == 1)
            let profile = try await fixture.call(.get, "/api/sellers/profile/", by: owner)
            #expect(try profile.json["reason"] == nil)
        }
    }

    @Test func everythingMustBeProvedByAnother() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            #expect(try await fixture.decide("suspend", id, by: admin).status == 200)
            let bank = #"{"bank":{"account_holder":"Kaveri","account_number":"998877665544","ifsc":"ICIC0000999"}}"#
            #expect(try await fixture.call(.put, "/api/sellers/update/", bank, by: owner).status == 200)
            let unproved = try await fixture.decide("reinstate", id, by: admin)
            #expect(unproved.status == 409 && unproved.code == "kyc-incomplete")
            #expect(unproved.missing == ["cancelled_cheque"])
            try await fixture.makeAdmin(owner)
            let own = try await fixture.decide("reinstate", id, by: owner)
            #expect(own.status == 403 && own.code == "four-eyes-required")
            #expect(try await fixture.text("select status from sellers.sellers") == "suspended")
        }
    }

    @Test func onlyAdminsWithThePermissionDecide() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("suspended", of: id)
            try await fixture.refusesOthers("reinstate", id, owner)
            #expect(
                try await fixture.text("select status from sellers.sellers where business_name = 'Kaveri Traders'")
                    == "suspended")
        }
    }
}

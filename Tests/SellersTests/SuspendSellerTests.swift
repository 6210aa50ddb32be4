// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct SuspendSellerTests {
    @Test func aSuspendedSellersGoodsCannotBeBought() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.activeSeller(admin)
            try await fixture.stock(id)
            let sellable = "select sellable::text from inventory.stock" as PostgresSQL
            #expect(try await fixture.text(sellable) == "true")
            let before = try await fixture.count("select offer_version::int from inventory.stock")
            #expect(try await fixture.decide("suspend", id, by: admin).status == 200)
            #expect(try await fixture.text(sellable) == "false")
            // An order that was priced before is refused by this.
            #expect(try await fixture.count("select offer_version::int from inventory.stock") > before)
            #expect(try await fixture.call(.get, "/api/sellers/public/?slug=kaveri-traders").code == "not-found")
            #expect(try await fixture.decide("suspend", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.decide("reinstate", id, by: admin).status == 200)
            #expect(try await fixture.text(sellable) == "true")
            #expect(try await fixture.decide("reinstate", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.events().suffix(2) == ["seller.suspended", "seller.reinstated"])
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.seller()
            #expect(try await fixture.decide("suspend", id, by: admin).code == "illegal-transition")
            try await fixture.setStatus("active", of: id)
            let first = try await fixture.decide("suspend", id, by: admin, key: "suspend-1-abcdef")
            #expect(first.status == 200)
            #expect(try first.json["status"]?.string == "suspended")
            try fixture.forgetMemory()
            let second = try await fixture.decide("suspend", id, by: admin, key: "suspend-1-abcdef")
            #expect(second.isReplay && second.body == first.body)
            #expect(try await fixture.events().count { $0 == "seller.suspended" } == 1)
        }
    }

    @Test func onlyAdminsWithThePermissionDecide() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("active", of: id)
            try await fixture.refusesOthers("suspend", id, owner)
            #expect(
                try await fixture.text("select status from sellers.sellers where business_name = 'Kaveri Traders'")
                    == "active")
        }
    }
}

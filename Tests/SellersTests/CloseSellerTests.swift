// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct CloseSellerTests {
    @Test func onlyWhatIsSettledIsClosed() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            #expect(try await fixture.decide("close", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.decide("suspend", id, by: admin).status == 200)
            try await fixture.openOrder(id)
            let open = try await fixture.decide("close", id, by: admin)
            #expect(open.status == 409 && open.code == "illegal-transition")
            #expect(try open.json["errors"]?.elements?.first?["code"]?.string == "open-orders")
            #expect(try open.json["allowed"]?.elements?.compactMap(\.string) == ["active"])
            try await fixture.pool.execute("update orders.seller_orders set status = 'completed'")
            try await fixture.earn(id)
            let owed = try await fixture.decide("close", id, by: admin)
            #expect(try owed.json["errors"]?.elements?.first?["code"]?.string == "balance-not-zero")
            let listed = try await fixture.call(.get, "/api/admin/sellers/?status=suspended&q=kaveri", by: admin)
            let row = try listed.json["data"]?.elements?.first
            #expect(row?["balance"]?["on_hold"]?["amount"]?.int == 5000 && row?["open_orders"]?.int == 0)
            #expect(row?["gmv_30d"]?["amount"]?.int == 10_000)
            // What a dispute holds is neither available nor gone.
            try await fixture.hold(id)
            let disputed = try await fixture.decide("close", id, by: admin)
            #expect(
                try disputed.json["errors"]?.elements?.compactMap { $0["code"]?.string }
                    == ["open-disputes", "balance-not-zero"])
            let held = try await fixture.call(.get, "/api/admin/sellers/?status=suspended", by: admin)
            #expect(try held.json["data"]?.elements?.first?["balance"]?["on_hold"]?["amount"]?.int == 5000)
            try await fixture.release(id)
            try await fixture.payOut(id)
            #expect(try await fixture.decide("close", id, by: admin).status == 200)
            #expect(try await fixture.decide("reinstate", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.upload("pan", by: owner).code == "seller-not-active")
            #expect(try await fixture.call(.put, "/api/sellers/update/", "{}", by: owner).code == "seller-not-active")
        }
    }

    @Test func aBalanceIsThatOfTheSnapshotAndWhatCameLater() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.activeSeller(admin)
            try await fixture.earn(id)
            try await fixture.pool.execute("select ledger.snapshot_step_v1(1, 10)")
            // Were the lines summed anew, this would not be seen.
            try await fixture.pool.execute(
                "update ledger.snapshots set credit_minor = credit_minor + 1 where credit_minor > 0")
            try await fixture.payOut(id)
            let answer = try await fixture.call(.get, "/api/admin/sellers/", by: admin)
            #expect(try answer.json["data"]?.elements?.first?["balance"]?["available"]?["amount"]?.int == 1)
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.seller()
            try await fixture.setStatus("suspended", of: id)
            let first = try await fixture.decide("close", id, by: admin, key: "close-1-abcdef")
            #expect(first.status == 200)
            #expect(try first.json["status"]?.string == "closed")
            try fixture.forgetMemory()
            let second = try await fixture.decide("close", id, by: admin, key: "close-1-abcdef")
            #expect(second.isReplay && second.body == first.body)
            #expect(try await fixture.events().count { $0 == "seller.closed" } == 1)
            for word in ["approve", "reject", "suspend", "reinstate", "close"] {
                #expect(try await fixture.decide(word, id, by: admin).code == "illegal-transition", "\(word)")
            }
        }
    }

    @Test func onlyAdminsWithThePermissionDecide() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            try await fixture.setStatus("suspended", of: id)
            try await fixture.refusesOthers("close", id, owner)
            #expect(
                try await fixture.text("select status from sellers.sellers where business_name = 'Kaveri Traders'")
                    == "suspended")
        }
    }

    @Test func whatNeverSoldIsClosedAtOnce() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.seller()
            try await fixture.openOrder(id)
            // Only the states that can be reached from here are named.
            let open = try await fixture.decide("close", id, by: admin)
            #expect(try open.json["allowed"]?.elements?.compactMap(\.string) == ["pending_approval"])
            try await fixture.pool.execute("update orders.seller_orders set status = 'completed'")
            #expect(try await fixture.decide("close", id, by: admin).status == 200)
            #expect(try await fixture.events() == ["seller.registered", "seller.closed"])
        }
    }
}

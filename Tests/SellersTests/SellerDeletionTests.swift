// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Sellers
import Testing

/// What becomes of a seller when its owner's account is closed and removed.
@Suite(.timeLimit(.minutes(3))) struct SellerDeletionTests {
    private func leave(_ fixture: SellersFixture, _ user: UserID) async throws {
        try await fixture.pool.withTransaction { try await sellersLeave(user, in: $0) }
    }

    @Test func nobodyLeavesASellerThatSells() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            for status in ["active", "suspended"] {
                try await fixture.pool.execute("update sellers.sellers set status = $1", status)
                let problem = await #expect(throws: Problem.self) { try await leave(fixture, owner.user) }
                #expect(problem?.kind.code == ProblemCode.illegalTransition.rawValue)
                #expect(problem?.errors.first?.code == "seller-not-closed")
                #expect(problem?.detail?.contains("\(id)") == true)
                #expect(try await sellersHold(owner.user, in: fixture.pool))
                #expect(try await fixture.text("select status from sellers.sellers") == status)
            }
            try await fixture.pool.execute("update sellers.sellers set status = 'closed'")
            try await leave(fixture, owner.user)
            #expect(try await !sellersHold(owner.user, in: fixture.pool))
            // Who owns none has nothing to leave.
            try await leave(fixture, admin.user)
            #expect(try await !sellersHold(admin.user, in: fixture.pool))
        }
    }

    @Test func whatNeverSoldIsClosedWithTheAccount() async throws {
        try await SellersFixture.with { fixture in
            let (_, draft) = try await fixture.seller()
            let (_, waiting) = try await fixture.seller("Waiting")
            try await fixture.submit(waiting)
            for owner in [draft, waiting] {
                #expect(try await !sellersHold(owner.user, in: fixture.pool))
                try await leave(fixture, owner.user)
            }
            #expect(
                try await fixture.text(
                    "select string_agg(distinct status || ' ' || reason_code, ',') from sellers.sellers")
                    == "closed account-deleted")
            #expect(try await fixture.events().count { $0 == "seller.closed" } == 2)
            #expect(
                try await fixture.count(
                    "select count(*) from sellers.history where event = 'close' and actor_type = 'user'") == 2)
        }
    }

    @Test func onlyWhatTaxesAskForStays() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.seller(gstin: "29AAGCB7383J1Z4")
            #expect(try await fixture.upload("pan", fields: ["number": "AAGCB7383J"], by: owner).status == 201)
            let logo = try await fixture.logo(1, by: owner)
            #expect(try await fixture.show(logo, by: owner).status == 200)
            try await fixture.pool.execute("update sellers.sellers set status = 'suspended', about = 'Asha sells.'")
            // An open one is left as it is.
            try await fixture.pool.withTransaction { try await sellersForget(owner.user, in: $0) }
            #expect(try await fixture.count("select count(*) from sellers.kyc_documents") == 1)
            try await fixture.pool.execute("update sellers.sellers set status = 'closed'")
            for _ in 0..<2 {
                try await fixture.pool.withTransaction { try await sellersForget(owner.user, in: $0) }
                try await fixture.pool.withTransaction { try await sellersForget(admin.user, in: $0) }
            }
            #expect(try await fixture.count("select count(*) from sellers.kyc_documents") == 0)
            #expect(try await fixture.count("select count(*) from sellers.images") == 0)
            let gone = try await fixture.text(
                """
                select concat_ws(' ', contact, pickup_addresses, num_nulls(account_sealed, account_masked, account_holder, ifsc,
                                 bank_verified_at, about)) from sellers.sellers
                """)
            #expect(gone == "{} [] 6")
            let kept = try await fixture.text(
                "select concat_ws(' ', legal_name, gstin, pan_masked, state_code, pan_sealed is not null) from sellers.sellers"
            )
            #expect(kept == "Kaveri Traders 29AAGCB7383J1Z4 ******383J KA t")
            // Admins still see that it was.
            let id = try await fixture.text("select id::text from sellers.sellers")
            let seller = SellerID(rawValue: try #require(Int64(id)))
            let detail = try await fixture.call(.get, "/api/admin/sellers/detail/?id=\(seller)", by: admin)
            #expect(try detail.status == 200 && detail.json["bank"]?.isNull == true)
            #expect(
                try await fixture.count("select count(*) from platform.audit where action = 'seller.anonymised'") > 0)
        }
    }
}

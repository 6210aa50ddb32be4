// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing

/// What admins decide about sellers, and who may.
@Suite(.timeLimit(.minutes(3))) struct AdminSellersTests {
    private func act(
        _ fixture: SellersFixture, _ word: String, _ id: SellerID, by person: SellersFixture.Person?, key: String? = nil
    ) async throws -> SellersFixture.Answer {
        try await fixture.call(
            .post, "/api/admin/sellers/\(word)/",
            #"{"id":"\#(id)","reason_code":"documents-unclear","note":"See the mail."}"#,
            by: person, key: key)
    }

    @Test func anApprovedSellerSells() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            #expect(try await act(fixture, "approve", id, by: admin).code == "illegal-transition")
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
            try await fixture.pool.execute(
                """
                update accounts.users set roles = '{admin,customer,seller}', permissions = '{sellers:read,sellers:write}'
                 where id = $1
                """, owner.user.rawValue)
            try fixture.forgetMemory()
            let answer = try await act(fixture, "approve", id, by: owner)
            #expect(answer.status == 403 && answer.code == "four-eyes-required")
            #expect(try await fixture.text("select status from sellers.sellers") == "pending_approval")
        }
    }

    @Test func whoWasTurnedDownTriesAgainIfItMay() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            try await fixture.verifyAll(owner, by: admin)
            #expect(try await act(fixture, "reject", id, by: admin).status == 200)
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

    @Test func aSuspendedSellersGoodsCannotBeBought() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.activeSeller(admin)
            try await fixture.stock(id)
            let sellable = "select sellable::text from inventory.stock" as PostgresSQL
            #expect(try await fixture.text(sellable) == "true")
            let before = try await fixture.count("select offer_version::int from inventory.stock")
            #expect(try await act(fixture, "suspend", id, by: admin).status == 200)
            #expect(try await fixture.text(sellable) == "false")
            // An order that was priced before is refused by this.
            #expect(try await fixture.count("select offer_version::int from inventory.stock") > before)
            #expect(try await fixture.call(.get, "/api/sellers/public/?slug=kaveri-traders").code == "not-found")
            #expect(try await act(fixture, "suspend", id, by: admin).code == "illegal-transition")
            #expect(try await act(fixture, "reinstate", id, by: admin).status == 200)
            #expect(try await fixture.text(sellable) == "true")
            #expect(try await act(fixture, "reinstate", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.events().suffix(2) == ["seller.suspended", "seller.reinstated"])
        }
    }

    @Test func onlyWhatIsSettledIsClosed() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            #expect(try await act(fixture, "close", id, by: admin).code == "illegal-transition")
            #expect(try await act(fixture, "suspend", id, by: admin).status == 200)
            try await fixture.openOrder(id)
            let open = try await act(fixture, "close", id, by: admin)
            #expect(open.status == 409 && open.code == "illegal-transition")
            #expect(try open.json["errors"]?.elements?.first?["code"]?.string == "open-orders")
            #expect(try open.json["allowed"]?.elements?.compactMap(\.string) == ["active"])
            try await fixture.pool.execute("update orders.seller_orders set status = 'completed'")
            try await fixture.earn(id)
            let owed = try await act(fixture, "close", id, by: admin)
            #expect(try owed.json["errors"]?.elements?.first?["code"]?.string == "balance-not-zero")
            let listed = try await fixture.call(.get, "/api/admin/sellers/?status=suspended&q=kaveri", by: admin)
            let row = try listed.json["data"]?.elements?.first
            #expect(row?["balance"]?["on_hold"]?["amount"]?.int == 5000 && row?["open_orders"]?.int == 0)
            #expect(row?["gmv_30d"]?["amount"]?.int == 10_000)
            try await fixture.payOut(id)
            #expect(try await act(fixture, "close", id, by: admin).status == 200)
            #expect(try await act(fixture, "reinstate", id, by: admin).code == "illegal-transition")
            #expect(try await fixture.upload("pan", by: owner).code == "seller-not-active")
            #expect(try await fixture.call(.put, "/api/sellers/update/", "{}", by: owner).code == "seller-not-active")
        }
    }

    @Test func whatNeverSoldIsClosedAtOnce() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, _) = try await fixture.seller()
            try await fixture.openOrder(id)
            // Only the states that can be reached from here are named.
            let open = try await act(fixture, "close", id, by: admin)
            #expect(try open.json["allowed"]?.elements?.compactMap(\.string) == ["pending_approval"])
            try await fixture.pool.execute("update orders.seller_orders set status = 'completed'")
            #expect(try await act(fixture, "close", id, by: admin).status == 200)
            #expect(try await fixture.events() == ["seller.registered", "seller.closed"])
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

    @Test func listsAreFilteredAndPaged() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            for name in ["One", "Two", "Three"] { _ = try await fixture.seller(name) }
            let path = "/api/admin/sellers/"
            let first = try await fixture.call(.get, path + "?limit=2", by: admin)
            #expect(try first.json["data"]?.elements?.map { $0["slug"]?.string } == ["three", "two"])
            let cursor = try first.json["page"]?["next_cursor"]?.string ?? ""
            let second = try await fixture.call(.get, path + "?limit=2&cursor=\(cursor)", by: admin)
            #expect(try second.json["data"]?.elements?.map { $0["slug"]?.string } == ["one"])
            let other = try await fixture.call(.get, path + "?limit=2&status=draft&cursor=\(cursor)", by: admin)
            #expect(other.code == "invalid-cursor")
            #expect(try await fixture.call(.get, path + "?q=tW", by: admin).json["data"]?.elements?.count == 1)
            #expect(
                try await fixture.call(.get, path + "?status=active", by: admin).json["data"]?.elements?.isEmpty == true
            )
            #expect(try await fixture.call(.get, path + "?status=sleepy", by: admin).code == "validation-failed")
            #expect(try await fixture.call(.get, path + "?q=a&q=b", by: admin).code == "malformed-request")
        }
    }

    @Test func onlyAdminsWithThePermissionDecide() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            let (reader, none) = (try await fixture.admin(["sellers:read"]), try await fixture.admin([]))
            for word in ["approve", "reject", "suspend", "reinstate", "close"] {
                #expect(try await act(fixture, word, id, by: nil).code == "token-missing")
                for person in [owner, reader, none] {
                    #expect(try await act(fixture, word, id, by: person).code == "forbidden")
                }
            }
            let admin = try await fixture.admin()
            for word in ["approve", "reject", "suspend", "reinstate", "close"] {
                #expect(try await act(fixture, word, SellerID(rawValue: 77), by: admin).code == "not-found")
                let path = "/api/admin/sellers/\(word)/"
                let foreign = #"{"id":"usr_01jd3k5v8x9ya","reason_code":"x","note":"y"}"#
                #expect(try await fixture.call(.post, path, foreign, by: admin).code == "not-found")
                #expect(try await fixture.call(.post, path, "{}", by: admin).code == "validation-failed")
            }
            let review = #"{"document_id":"kyc_01jd3k5v8x9ya","decision":"verified"}"#
            #expect(try await fixture.call(.post, "/api/admin/kyc/review/", review, by: reader).code == "forbidden")
            #expect(try await fixture.call(.post, "/api/admin/kyc/review/", review, by: admin).code == "not-found")
            for target in ["/api/admin/sellers/", "/api/admin/sellers/detail/?id=\(id)", "/api/admin/kyc/pending/"] {
                #expect(try await fixture.call(.get, target).code == "token-missing")
                #expect(try await fixture.call(.get, target, by: owner).code == "forbidden")
                #expect(try await fixture.call(.get, target, by: none).code == "forbidden")
                #expect(try await fixture.call(.get, target, by: reader).status == 200)
            }
            #expect(try await fixture.call(.get, "/api/admin/sellers/detail/?id=sel_x", by: reader).code == "not-found")
        }
    }
}

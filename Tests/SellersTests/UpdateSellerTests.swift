// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct UpdateSellerTests {
    private let path = "/api/sellers/update/"
    private let bank = #"{"account_holder":"Kaveri","account_number":"998877665544","ifsc":"ICIC0000999"}"#

    @Test func changesWhatIsGivenAndNothingElse() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let before = try await fixture.call(.get, "/api/sellers/profile/", by: owner).json["version"]?.int ?? 0
            let answer = try await fixture.call(
                .put, path,
                #"{"business_name":" Kaveri ","about":"Since 1987.","return_policy":{"days":10,"returnable":true},"holiday":{"from":"2026-12-24T00:00:00Z","to":"2026-12-27T00:00:00Z"}}"#,
                by: owner)
            #expect(answer.status == 200)
            let json = try answer.json
            #expect(json["business_name"]?.string == "Kaveri" && json["about"]?.string == "Since 1987.")
            #expect(json["slug"]?.string == "kaveri-traders" && json["legal_name"]?.string == "Kaveri Traders")
            #expect(json["return_policy"]?["days"]?.int == 10 && json["version"]?.int == before + 1)
            #expect(json["holiday"]?["from"]?.string == "2026-12-24T00:00:00.000Z" && json["payouts_held_until"] == nil)
            let ended = try await fixture.call(.put, path, #"{"holiday":null}"#, by: owner)
            #expect(try ended.json["holiday"] == nil)
            #expect(fixture.news.told.withLock { $0.count { $0 == .products } } == 2)
        }
    }

    @Test func theBankHasToBeProvedAnewAndPayoutsWait() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (_, owner) = try await fixture.activeSeller(admin)
            let answer = try await fixture.call(.put, path, #"{"bank":\#(bank)}"#, by: owner)
            let json = try answer.json
            #expect(json["kyc"]?["status"]?.string == "needs_update" && json["status"]?.string == "active")
            #expect(
                json["bank"]?["account_masked"]?.string == "********5544" && json["bank"]?["verified"]?.bool == false)
            #expect(json["payouts_held_until"]?.string != nil)
            #expect(
                try await fixture.count(
                    "select count(*) from sellers.sellers where payouts_held_until between now() + interval '23 hours' and now() + interval '24 hours'"
                ) == 1)
            let mails =
                "select count(*) from platform.jobs where kind = 'mail.send' and payload->>'template' = 'seller.details-changed' and payload->'data'->>'business' <> ''"
                as PostgresSQL
            #expect(try await fixture.count(mails) == 1)
            let status = try await fixture.call(.get, "/api/sellers/kyc/status/", by: owner)
            #expect(status.missing == ["cancelled_cheque"])
            #expect(try await fixture.upload("cancelled_cheque", by: owner).status == 201)
            #expect(try await fixture.call(.post, "/api/sellers/kyc/submit/", by: owner).status == 200)
            try await fixture.verifyAll(owner, by: admin)
            #expect(
                try await fixture.text("select kyc_status || ' ' || status from sellers.sellers") == "verified active")
            #expect(try await fixture.events().contains("kyc.needs_update"))
        }
    }

    @Test func honoursTheExpectedVersionAndReplays() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            let version = try await fixture.call(.get, "/api/sellers/profile/", by: owner).json["version"]?.int ?? 0
            let stale = try await fixture.call(
                .put, path, #"{"about":"x"}"#, by: owner, headers: ["If-Match: \"v\(version + 1)\""])
            #expect(stale.status == 412 && stale.code == "version-conflict")
            #expect(try stale.json["current_version"]?.int == version)
            let headers = ["If-Match: \"v\(version)\""]
            let first = try await fixture.call(
                .put, path, #"{"about":"x"}"#, by: owner, key: "update-1-abcdef", headers: headers)
            #expect(first.status == 200)
            try fixture.forgetMemory()
            let second = try await fixture.call(
                .put, path, #"{"about":"x"}"#, by: owner, key: "update-1-abcdef", headers: headers)
            #expect(second.isReplay && second.body == first.body)
        }
    }

    @Test func aGSTINIsOfOnesOwnPANAndOfNobodyElse() async throws {
        try await SellersFixture.with { fixture in
            let (id, owner) = try await fixture.seller()
            let (_, other) = try await fixture.seller("Other")
            let body = #"{"gstin":"29AAGCB7383J1Z4"}"#
            #expect(
                try await fixture.call(.put, path, #"{"gstin":"27AAPFU0939F1ZV"}"#, by: owner).code
                    == "validation-failed")
            #expect(try await fixture.call(.put, path, body, by: owner).status == 200)
            try await fixture.setStatus("active", of: id)
            #expect(try await fixture.call(.put, path, body, by: other).code == "gstin-taken")
        }
    }

    /// Changing to a number is no way round the rule for registering under it.
    @Test func aNumberThatSomebodyRegisteredUnderLatelyIsNotChangedTo() async throws {
        try await SellersFixture.with { fixture in
            let number = "29AAGCB7383J1Z4"
            let body = #"{"gstin":"\#(number)"}"#
            let (first, owner) = try await fixture.seller(gstin: number)
            let (_, other) = try await fixture.seller("Other")
            #expect(try await fixture.call(.put, path, body, by: other).code == "gstin-taken")
            #expect(try await fixture.call(.put, path, body, by: owner).status == 200, "it is their own")
            try await fixture.setStatus("pending_approval", of: first)
            #expect(try await fixture.call(.put, path, body, by: other).code == "gstin-taken")
            try await fixture.setStatus("draft", of: first)
            try await fixture.pool.execute("update sellers.sellers set created_at = now() - interval '8 days'")
            #expect(try await fixture.call(.put, path, body, by: other).status == 200)
            #expect(try await fixture.call(.put, path, body, by: owner).status == 200, "and stays so")
        }
    }

    /// A GSTIN of a PAN in a state, with its right check character.
    private func gstin(_ state: String, _ pan: String = "AAGCB7383J") throws -> String {
        try #require(
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".lazy.map { "\(state)\(pan)1Z\($0)" }.first { GSTIN($0) != nil })
    }

    @Test func aGSTINIsOfTheWholePAN() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            // The four characters that are shown are the same.
            let answer = try await fixture.call(
                .put, path, #"{"gstin":"\#(try gstin("29", "BBGCB7383J"))"}"#, by: owner)
            #expect(answer.code == "validation-failed")
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "pan-mismatch")
        }
    }

    @Test func nobodyMovesToAnotherStateWithoutItsGSTIN() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller(gstin: "29AAGCB7383J1Z4")
            let mumbai =
                #"[{"name":"Store","phone":"+919876543210","line1":"2 Marine Drive","city":"Mumbai","state_code":"MH","postal_code":"400001"}]"#
            let state: PostgresSQL = "select state_code || ' ' || gstin from sellers.sellers"
            let moved = try await fixture.call(.put, path, #"{"pickup_addresses":\#(mumbai)}"#, by: owner)
            #expect(moved.code == "validation-failed")
            let fault = try moved.json["errors"]?.elements?.first
            #expect(
                fault?["code"]?.string == "state-mismatch"
                    && fault?["pointer"]?.string == "/pickup_addresses/0/state_code")
            let (here, there) = (try gstin("29"), try gstin("27"))
            let foreign = try await fixture.call(.put, path, #"{"gstin":"\#(there)"}"#, by: owner)
            #expect(try foreign.json["errors"]?.elements?.first?["pointer"]?.string == "/gstin")
            #expect(try await fixture.text(state) == "KA \(here)")
            let both = #"{"pickup_addresses":\#(mumbai),"gstin":"\#(there)"}"#
            #expect(try await fixture.call(.put, path, both, by: owner).status == 200)
            #expect(try await fixture.text(state) == "MH \(there)")
            let wrong = mumbai.replacing("400001", with: "560001")
            let answer = try await fixture.call(.put, path, #"{"pickup_addresses":\#(wrong)}"#, by: owner)
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "not-in-state")
        }
    }

    @Test func aLogoIsShownWhereItsSellerIs() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            let first = try await fixture.logo(1, by: owner)
            let second = try await fixture.logo(2, by: owner)
            #expect(try await fixture.show(first, by: owner).status == 200)
            let changed = try await fixture.show(second, by: owner)
            #expect(changed.status == 200)
            let profile = try await fixture.call(.get, "/api/sellers/profile/", by: owner)
            let shop = try await fixture.call(.get, "/api/sellers/public/?slug=kaveri-traders")
            let detail = try await fixture.call(.get, "/api/admin/sellers/detail/?id=\(id)", by: admin)
            let list = try await fixture.call(.get, "/api/admin/sellers/", by: admin)
            let item = try #require(try list.json["data"]?.elements?.first)
            #expect(item["open_orders"]?.int == 0 && item["gmv_30d"]?["amount"]?.int == 0)
            for seller in [try changed.json, try profile.json, try shop.json, try detail.json, item] {
                #expect(seller["logo"]?["id"]?.string == second)
                #expect(seller["logo"]?["thumbnails"]?["small"]?.string?.hasSuffix("-160.jpg") == true)
            }
            // What was replaced has an end; until then it can be shown again.
            #expect(try await fixture.shown() == [second])
            #expect(try await fixture.show(first, by: owner).status == 200)
            #expect(try await fixture.shown() == [first])
            let other = try await fixture.call(.put, path, #"{"about":"Pots."}"#, by: owner)
            #expect(try other.json["logo"]?["id"]?.string == first)
            #expect(try await fixture.show(nil, by: owner).json["logo"] == nil)
            #expect(try await fixture.shown().isEmpty)
        }
    }

    @Test func takesOnlyTheSellersOwnPictures() async throws {
        try await SellersFixture.with { fixture in
            let ((_, owner), (_, other)) = (try await fixture.seller(), try await fixture.seller("Other"))
            let own = try await fixture.logo(1, by: owner)
            #expect(try await fixture.show(own, by: owner).status == 200)
            for id in [try await fixture.logo(1, by: other), "\(ImageID(rawValue: 77))"] {
                let answer = try await fixture.show(id, by: owner)
                #expect(answer.status == 404 && answer.code == "not-found")
                #expect(try answer.json["errors"]?.elements?.first?["pointer"]?.string == "/logo_image_id")
            }
            let wrong = try await fixture.show("usr_0000000000001", by: owner)
            #expect(wrong.code == "validation-failed")
            #expect(try await fixture.shown() == [own])
        }
    }

    /// Who waits for the seller reads what was shown when its turn comes.
    @Test func ofManyLogosAtOnceOneIsShown() async throws {
        try await SellersFixture.with { fixture in
            let (_, owner) = try await fixture.seller()
            var logos: [String] = []
            for shade in UInt8(1)...6 { logos.append(try await fixture.logo(shade, by: owner)) }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for logo in logos { tasks.addTask { try await fixture.show(logo, by: owner).status } }
                return try await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 200, count: 6))
            let profile = try await fixture.call(.get, "/api/sellers/profile/", by: owner)
            let shown = try #require(try profile.json["logo"]?["id"]?.string)
            #expect(try await fixture.shown() == [shown])
        }
    }

    @Test func onlyTheOwnerChangesIt() async throws {
        try await SellersFixture.with { fixture in
            _ = try await fixture.seller()
            #expect(try await fixture.call(.put, path, "{}").code == "token-missing")
            #expect(try await fixture.call(.put, path, "{}", by: try await fixture.customer()).code == "forbidden")
            let wrong = [
                #"{"bank":{"account_holder":"x","account_number":"1","ifsc":"HDFC0000123"}}"#,
                #"{"pickup_addresses":[]}"#,
                #"{"holiday":{"from":"2026-12-24T00:00:00Z","to":"2026-12-24T00:00:00Z"}}"#,
                #"{"return_policy":{"days":-1,"returnable":true}}"#,
                #"{"business_name":"a\u0007"}"#, #"{"gstin":"x"}"#,
                #"{"contact":{"name":"x","email":"@","phone":"1"}}"#,
            ]
            let (_, owner) = try await fixture.seller("Third")
            for body in wrong {
                #expect(try await fixture.call(.put, path, body, by: owner).code == "validation-failed", "\(body)")
            }
        }
    }
}

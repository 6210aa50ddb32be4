// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct RegisterSellerTests {
    private let path = "/api/sellers/register/"

    @Test func aUserBecomesASellerWithTheSameToken() async throws {
        try await SellersFixture.with { fixture in
            let owner = try await fixture.customer()
            #expect(try await fixture.call(.get, "/api/sellers/profile/", by: owner).code == "forbidden")
            let answer = try await fixture.call(.post, path, SellersFixture.registration(), by: owner)
            #expect(answer.status == 201)
            let json = try answer.json
            #expect(json["status"]?.string == "draft" && json["slug"]?.string == "kaveri-traders")
            #expect(json["pan_masked"]?.string == "******383J")
            #expect(
                json["bank"]?["account_masked"]?.string == "********7890" && json["bank"]?["verified"]?.bool == false)
            #expect(json["kyc"]?["status"]?.string == "not_started")
            let codes = json["requirements"]?.elements?.compactMap { $0["code"]?.string }
            #expect(codes == ["pan", "gst_certificate", "address_proof", "cancelled_cheque"])
            let profile = try await fixture.call(.get, "/api/sellers/profile/", by: owner)
            #expect(profile.status == 200)
            #expect(try profile.json["balance"]?["available"]?["amount"]?.int == 0)
            #expect(
                try await fixture.text("select array_to_string(roles, ',') from accounts.users") == "customer,seller")
            #expect(try await fixture.events() == ["seller.registered"])
            #expect(
                try await fixture.count("select count(*) from platform.audit where action = 'seller.registered'") == 1)
            // Neither number stands in the clear anywhere.
            let row = try await fixture.text("select s::text from sellers.sellers s")
            #expect(!row.contains("002301567890"))
            #expect(
                try await fixture.count(
                    "select count(*) from sellers.sellers where position('AAGCB7383J'::bytea in pan_sealed) > 0") == 0)
        }
    }

    @Test func theSameAgainIsReplayedAndASecondSellerRefused() async throws {
        try await SellersFixture.with { fixture in
            let owner = try await fixture.customer()
            let body = SellersFixture.registration()
            let first = try await fixture.call(.post, path, body, by: owner, key: "register-1-abcdef")
            try fixture.forgetMemory()
            let second = try await fixture.call(.post, path, body, by: owner, key: "register-1-abcdef")
            #expect(second.isReplay && second.body == first.body)
            let other = try await fixture.call(.post, path, SellersFixture.registration("Other"), by: owner)
            #expect(other.status == 409 && other.code == "seller-exists")
            let stranger = try await fixture.customer()
            try await fixture.pool.execute("update sellers.sellers set kyc_status = 'verified'")
            let taken = try await fixture.call(.post, path, body, by: stranger)
            #expect(taken.status == 409 && taken.code == "gstin-taken")
            #expect(try await fixture.count("select count(*) from sellers.sellers") == 1)
            #expect(
                try await fixture.text(
                    PostgresSQL(
                        text:
                            "select array_to_string(roles, ',') from accounts.users where id = \(stranger.user.rawValue)"
                    )) == "customer")
        }
    }

    /// Who has only registered keeps a number for a week, who waits for a decision until it; nobody else keeps one.
    @Test(arguments: [
        ("status = 'draft'", true), ("created_at = now() - interval '6 days 23 hours'", true),
        ("created_at = now() - interval '7 days 1 minute'", false),
        ("status = 'pending_approval', created_at = now() - interval '90 days'", true),
        ("status = 'rejected'", false), ("status = 'closed', kyc_status = 'verified'", false),
        ("status = 'suspended', created_at = now() - interval '90 days'", true),
        ("status = 'active', created_at = now() - interval '90 days'", true),
        ("status = 'rejected', kyc_status = 'verified'", true),
    ])
    func aNumberIsKeptByWhoMayComeToHoldIt(_ other: String, _ isTaken: Bool) async throws {
        try await SellersFixture.with { fixture in
            let body = SellersFixture.registration()
            let first = try await fixture.customer()
            #expect(try await fixture.call(.post, path, body, by: first).status == 201)
            try await fixture.pool.execute(PostgresSQL(text: "update sellers.sellers set \(other)"))
            let second = try await fixture.customer()
            let answer = try await fixture.call(.post, path, body, by: second)
            #expect(answer.code == (isTaken ? "gstin-taken" : nil), "\(other)")
            #expect(try await fixture.count("select count(*) from sellers.sellers") == (isTaken ? 1 : 2))
            let another = SellersFixture.registration(gstin: nil)
            #expect(try await fixture.call(.post, path, another, by: try await fixture.customer()).status == 201)
        }
    }

    @Test func oneOfThoseWhoRaceForANumberGetsIt() async throws {
        try await SellersFixture.with { fixture in
            var people: [SellersFixture.Person] = []
            for _ in 0..<6 { people.append(try await fixture.customer()) }
            let codes = await withTaskGroup(of: String.self) { tasks in
                for (number, person) in people.enumerated() {
                    tasks.addTask {
                        let body = SellersFixture.registration("Shop \(number)")
                        let answer = try? await fixture.call(.post, path, body, by: person)
                        return answer.map { $0.code ?? "\($0.status)" } ?? "failed"
                    }
                }
                return await tasks.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(codes.sorted() == ["201"] + Array(repeating: "gstin-taken", count: 5))
        }
    }

    @Test func slugsStayDifferentUnderARace() async throws {
        try await SellersFixture.with { fixture in
            var people: [SellersFixture.Person] = []
            for _ in 0..<6 { people.append(try await fixture.customer()) }
            let answers = await withTaskGroup(of: SellersFixture.Answer?.self) { tasks in
                for person in people {
                    tasks.addTask {
                        try? await fixture.call(
                            .post, path, SellersFixture.registration("Ünion & Söhne", gstin: nil), by: person)
                    }
                }
                return await tasks.reduce(into: [SellersFixture.Answer]()) { if let answer = $1 { $0.append(answer) } }
            }
            let slugs = answers.compactMap { try? $0.json["slug"]?.string }
            #expect(answers.count == 6 && answers.allSatisfy { $0.status == 201 })
            #expect(Set(slugs).count == 6 && slugs.allSatisfy { $0.hasPrefix("nion-s-hne") })
        }
    }

    @Test func oneUserRacingOwnsOneSeller() async throws {
        try await SellersFixture.with { fixture in
            let owner = try await fixture.customer()
            let codes = await withTaskGroup(of: String?.self) { tasks in
                for number in 0..<5 {
                    tasks.addTask {
                        let body = SellersFixture.registration("Shop \(number)", gstin: nil)
                        let answer = try? await fixture.call(.post, path, body, by: owner)
                        return answer.map { $0.code ?? "\($0.status)" }
                    }
                }
                return await tasks.reduce(into: [String]()) { $0.append($1 ?? "failed") }
            }
            #expect(codes.count { $0 == "201" } == 1 && codes.count { $0 == "seller-exists" } == 4)
        }
    }

    @Test func sellsInCategoriesThatThereAre() async throws {
        try await SellersFixture.with { fixture in
            try await fixture.pool.execute(
                """
                insert into catalog.categories (id, slug, name, path, ancestor_ids) values
                  (21, 'home', 'Home', '{home}', '{21}'), (22, 'garden', 'Garden', '{garden}', '{22}')
                """)
            let owner = try await fixture.customer()
            func register(_ ids: [Int64]) async throws -> SellersFixture.Answer {
                let list = ids.map { "\"\(CategoryID(rawValue: $0))\"" }.joined(separator: ",")
                let body = SellersFixture.registration().replacing(
                    #""categories":[]"#, with: #""categories":[\#(list)]"#)
                return try await fixture.call(.post, path, body, by: owner)
            }
            let refused = try await register([21, 77, 22, 78])
            #expect(refused.status == 422 && refused.code == "validation-failed")
            let faults = try refused.json["errors"]?.elements ?? []
            #expect(faults.map { $0["pointer"]?.string } == ["/categories/1", "/categories/3"])
            #expect(faults.allSatisfy { $0["code"]?.string == "not-found" })
            #expect(try await fixture.count("select count(*) from sellers.sellers") == 0)
            #expect(try await register([22, 21]).status == 201)
            #expect(try await fixture.text("select category_ids::text from sellers.sellers") == "{22,21}")
        }
    }

    @Test(arguments: [
        (#""29AAGCB7383J1Z4""#, #""29AAGCB7383J1Z5""#, "/gstin"),
        (#""29AAGCB7383J1Z4""#, #""27AAPFU0939F1ZV""#, "/gstin"),
        (#""AAGCB7383J""#, #""AAGCB7383""#, "/pan"), (#""AAGCB7383J""#, #""AAGCB7384J""#, "/gstin"),
        (#""HDFC0000123""#, #""HDFC1000123""#, "/bank/ifsc"),
        (#""002301567890""#, #""12345678""#, "/bank/account_number"),
        (#""state_code":"KA""#, #""state_code":"TN""#, "/gstin"),
        (#""560001""#, #""060001""#, "/pickup_address/postal_code"),
        (#""sales@kaveri.example""#, #""sales""#, "/contact/email"), (#""proprietorship""#, #""gmbh""#, "/type"),
        (#""Kaveri Traders","legal_name""#, #""  ","legal_name""#, "/business_name"),
        (#""categories":[]"#, #""categories":["x"]"#, "/categories"),
        (#""accepted_terms_version":"2026-11""#, #""accepted_terms_version":"""#, "/accepted_terms_version"),
    ])
    func refusesWrongFields(_ right: String, _ wrong: String, _ pointer: String) async throws {
        try await SellersFixture.with { fixture in
            let owner = try await fixture.customer()
            let body = SellersFixture.registration().replacing(right, with: wrong)
            let answer = try await fixture.call(.post, path, body, by: owner)
            #expect(answer.status == 422 && answer.code == "validation-failed")
            let pointers = try answer.json["errors"]?.elements?.compactMap { $0["pointer"]?.string } ?? []
            #expect(pointers.contains(pointer), "\(pointers)")
            #expect(try await fixture.call(.post, path, body).code == "token-missing")
        }
    }
}

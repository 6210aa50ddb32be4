// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct AddressesTests {
    private static let home =
        #""name":"Asha Rao","phone":"+91 98765 43210","line1":"12 Lake Road","city":"Bengaluru","state_code":"KA","postal_code":"560001""#

    private func create(
        _ fixture: AccountsFixture, _ token: String?, _ fields: String = home, key: String? = nil
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(.post, "/api/addresses/create/", "{\(fields)}", token: token, key: key)
    }

    private func update(
        _ fixture: AccountsFixture, _ token: String?, _ id: String, _ fields: String, headers: [String] = []
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .put, "/api/addresses/update/", #"{"id":"\#(id)",\#(fields)}"#, headers: headers, token: token)
    }

    private func list(_ fixture: AccountsFixture, _ token: String?) async throws -> [JSONValue] {
        let answer = try await fixture.call(.get, "/api/addresses/list/", token: token)
        return try #require(try answer.json["data"]?.elements)
    }

    @Test func keepsAddressesAndTheirDefaults() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let first = try await create(fixture, asha.access, key: "address-key-00001")
            #expect(first.status == 201 && first.headers.contains { $0.name == "ETag" })
            let replay = try await create(fixture, asha.access, key: "address-key-00001")
            #expect(replay.isReplay && replay.body == first.body)
            let one = try #require(try first.json["id"]?.string)
            let second = try await create(
                fixture, asha.access, Self.home + #","label":"Office","is_default_billing":true"#)
            let two = try #require(try second.json["id"]?.string)
            let all = try await list(fixture, asha.access)
            #expect(all.map { $0["id"]?.string } == [one, two])
            #expect(all.map { $0["is_default_shipping"]?.bool } == [true, false])
            #expect(all.map { $0["is_default_billing"]?.bool } == [false, true])
            #expect(all[0]["phone"]?.string == "+919876543210" && all[1]["label"]?.string == "Office")
            let moved = try await fixture.call(
                .post, "/api/addresses/set-default/", #"{"id":"\#(two)","for":"shipping"}"#, token: asha.access)
            #expect(try moved.status == 200 && moved.json["is_default_shipping"]?.bool == true)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            let defaults = try #require(try profile.json["default_addresses"])
            #expect(defaults["shipping"]?["id"]?.string == two && defaults["billing"]?["id"]?.string == two)
            for status in [204, 404] {
                let gone = try await fixture.call(
                    .post, "/api/addresses/delete/", #"{"id":"\#(two)"}"#, token: asha.access)
                #expect(gone.status == status)
            }
            #expect(try await list(fixture, asha.access).count == 1)
        }
    }

    @Test func changesWhatIsGivenAtTheVersionThatWasSeen() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let made = try await create(fixture, asha.access, Self.home + #","line2":"Indiranagar""#)
            let id = try #require(try made.json["id"]?.string)
            let seen = try #require(made.headers.first { $0.name == "ETag" }?.value)
            let changed = try await update(
                fixture, asha.access, id, #""city":"Bengaluru South","line2":null"#, headers: ["If-Match: \(seen)"])
            #expect(changed.status == 200)
            #expect(try changed.json["city"]?.string == "Bengaluru South" && changed.json["line2"] == nil)
            #expect(try changed.json["name"]?.string == "Asha Rao")
            let stale = try await update(
                fixture, asha.access, id, #""city":"Mysuru""#, headers: ["If-Match: \(seen)"])
            #expect(stale.status == 412 && stale.code == "version-conflict")
            let wrong = try await update(fixture, asha.access, id, #""expected_version":1,"city":"Mysuru""#)
            #expect(wrong.code == "version-conflict")
            // A state without its PIN code is no address.
            let half = try await update(fixture, asha.access, id, #""state_code":"MH""#)
            #expect(half.code == "validation-failed")
            let whole = try await update(fixture, asha.access, id, #""state_code":"MH","postal_code":"400001""#)
            #expect(whole.status == 200)
        }
    }

    @Test(
        "refuses what is no address",
        arguments: [
            ("560001", "110001", "postal_code"), ("560001", "056001", "postal_code"),
            (#""KA""#, #""XX""#, "state_code"),
            ("98765", "9x765", "phone"), ("Asha Rao", "  ", "name"), ("560001", "990001\",\"country\":\"US", "country"),
        ])
    func refusesWrongFields(from: String, to: String, field: String) async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let answer = try await create(fixture, asha.access, Self.home.replacing(from, with: to))
            #expect(answer.status == 422 && answer.code == "validation-failed")
            let pointers = try answer.json["errors"]?.elements?.map { $0["pointer"]?.string }
            #expect(pointers == ["/\(field)"])
        }
    }

    @Test func otherPeoplesAddressesDoNotExist() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let ravi = try await fixture.register("ravi@example.org")
            let id = try #require(try await create(fixture, ravi.access).json["id"]?.string)
            _ = try await create(fixture, asha.access)
            let body = #"{"id":"\#(id)"}"#
            let answers = [
                try await update(fixture, asha.access, id, #""city":"Mysuru""#),
                try await fixture.call(.post, "/api/addresses/delete/", body, token: asha.access),
                try await fixture.call(
                    .post, "/api/addresses/set-default/", #"{"id":"\#(id)","for":"billing"}"#, token: asha.access),
                try await fixture.call(.post, "/api/addresses/delete/", #"{"id":"x"}"#, token: asha.access),
            ]
            #expect(answers.map(\.code) == Array(repeating: "not-found", count: 4))
            // What was refused has changed nothing of her own defaults.
            #expect(try await list(fixture, asha.access)[0]["is_default_billing"]?.bool == true)
            for (method, path) in [
                (HTTPMethod.get, "/api/addresses/list/"), (.post, "/api/addresses/create/"),
                (.put, "/api/addresses/update/"), (.post, "/api/addresses/delete/"),
                (.post, "/api/addresses/set-default/"),
            ] {
                let anonymous = try await fixture.call(method, path, "{}")
                #expect(anonymous.code == "token-missing")
            }
        }
    }

    @Test func aBookHasFiftyPlacesAlsoForTwoAtATime() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            try await fixture.pool.execute(
                """
                insert into accounts.addresses (id, user_id, name, phone, line1, city, state_code, postal_code)
                select n, $1, 'Asha', '+919876543210', 'x', 'Bengaluru', 'KA', '560001' from generate_series(1, 49) n
                """, asha.user.rawValue)
            async let first = create(fixture, asha.access)
            async let second = create(fixture, asha.access)
            #expect(try await [first.status, second.status].sorted() == [201, 422])
            #expect(try await list(fixture, asha.access).count == 50)
        }
    }
}

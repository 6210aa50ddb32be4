// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct CreateAddressTests {
    @Test func keepsAddressesAndTheirDefaults() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let first = try await fixture.createAddress(asha.access, key: "address-key-00001")
            #expect(first.status == 201 && first.headers.contains { $0.name == "ETag" })
            let replay = try await fixture.createAddress(asha.access, key: "address-key-00001")
            #expect(replay.isReplay && replay.body == first.body)
            let one = try #require(try first.json["id"]?.string)
            let second = try await fixture.createAddress(
                asha.access, AccountsFixture.home + #","label":"Office","is_default_billing":true"#)
            let two = try #require(try second.json["id"]?.string)
            let all = try await fixture.addresses(asha.access)
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
            #expect(try await fixture.addresses(asha.access).count == 1)
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
            let answer = try await fixture.createAddress(asha.access, AccountsFixture.home.replacing(from, with: to))
            #expect(answer.status == 422 && answer.code == "validation-failed")
            let pointers = try answer.json["errors"]?.elements?.map { $0["pointer"]?.string }
            #expect(pointers == ["/\(field)"])
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
            async let first = fixture.createAddress(asha.access)
            async let second = fixture.createAddress(asha.access)
            #expect(try await [first.status, second.status].sorted() == [201, 422])
            #expect(try await fixture.addresses(asha.access).count == 50)
        }
    }

    @Test func isOfWhoeverIsLoggedIn() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            #expect(try await fixture.createAddress(nil).code == "token-missing")
            let list = try await fixture.call(.get, "/api/addresses/list/")
            #expect(list.code == "token-missing")
            #expect(try await fixture.createAddress(asha.access, "").code == "validation-failed")
            let first = try await fixture.createAddress(asha.access, key: "address-key-00001")
            let other = try await fixture.createAddress(
                asha.access, AccountsFixture.home + #","label":"Office""#, key: "address-key-00001")
            #expect(first.status == 201 && other.code == "idempotency-key-reused")
            #expect(try await fixture.addresses(asha.access).count == 1)
        }
    }
}

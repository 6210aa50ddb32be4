// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct UpdateAddressTests {
    @Test func changesWhatIsGivenAtTheVersionThatWasSeen() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let made = try await fixture.createAddress(asha.access, AccountsFixture.home + #","line2":"Indiranagar""#)
            let id = try #require(try made.json["id"]?.string)
            let seen = try #require(made.headers.first { $0.name == "ETag" }?.value)
            let changed = try await fixture.updateAddress(
                asha.access, id, #""city":"Bengaluru South","line2":null"#, headers: ["If-Match: \(seen)"])
            #expect(changed.status == 200)
            #expect(try changed.json["city"]?.string == "Bengaluru South" && changed.json["line2"] == nil)
            #expect(try changed.json["name"]?.string == "Asha Rao")
            let stale = try await fixture.updateAddress(
                asha.access, id, #""city":"Mysuru""#, headers: ["If-Match: \(seen)"])
            #expect(stale.status == 412 && stale.code == "version-conflict")
            let wrong = try await fixture.updateAddress(asha.access, id, #""expected_version":1,"city":"Mysuru""#)
            #expect(wrong.code == "version-conflict")
            // A state without its PIN code is no address.
            let half = try await fixture.updateAddress(asha.access, id, #""state_code":"MH""#)
            #expect(half.code == "validation-failed")
            let whole = try await fixture.updateAddress(asha.access, id, #""state_code":"MH","postal_code":"400001""#)
            #expect(whole.status == 200)
        }
    }

    @Test func otherPeoplesAddressesDoNotExist() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let ravi = try await fixture.register("ravi@example.org")
            let id = try await fixture.address(of: ravi.access)
            #expect(try await fixture.updateAddress(nil, id, #""city":"Mysuru""#).code == "token-missing")
            for id in [id, "adr_x", "usr_01jd3k5v8x9ya"] {
                #expect(try await fixture.updateAddress(asha.access, id, #""city":"Mysuru""#).code == "not-found")
            }
            #expect(try await fixture.addresses(ravi.access).first?["city"]?.string == "Bengaluru")
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let id = try await fixture.address(of: asha.access)
            let first = try await fixture.updateAddress(asha.access, id, #""label":"Home""#, key: "address-key-00002")
            try fixture.forgetMemory()
            let replay = try await fixture.updateAddress(asha.access, id, #""label":"Home""#, key: "address-key-00002")
            #expect(first.status == 200 && replay.isReplay && replay.body == first.body)
            let other = try await fixture.updateAddress(asha.access, id, #""label":"Work""#, key: "address-key-00002")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}

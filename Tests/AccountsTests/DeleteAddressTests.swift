// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct DeleteAddressTests {
    @Test func isTheOwnersAlone() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let ravi = try await fixture.register("ravi@example.org")
            let id = try await fixture.address(of: ravi.access)
            #expect(try await fixture.deleteAddress(nil, id).code == "token-missing")
            for id in [id, "x", "usr_01jd3k5v8x9ya"] {
                #expect(try await fixture.deleteAddress(asha.access, id).code == "not-found")
            }
            let empty = try await fixture.call(.post, "/api/addresses/delete/", "{}", token: asha.access)
            #expect(empty.code == "validation-failed")
            #expect(try await fixture.addresses(ravi.access).count == 1)
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let id = try await fixture.address(of: asha.access)
            let first = try await fixture.deleteAddress(asha.access, id, key: "address-key-00003")
            try fixture.forgetMemory()
            let replay = try await fixture.deleteAddress(asha.access, id, key: "address-key-00003")
            #expect(first.status == 204 && replay.status == 204 && replay.isReplay)
            let other = try await fixture.deleteAddress(asha.access, "adr_x", key: "address-key-00003")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await fixture.deleteAddress(asha.access, id).code == "not-found")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct SetDefaultAddressTests {
    @Test func isTheOwnersAlone() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let ravi = try await fixture.register("ravi@example.org")
            let id = try await fixture.address(of: ravi.access)
            _ = try await fixture.createAddress(asha.access)
            #expect(try await fixture.setDefaultAddress(nil, id, "billing").code == "token-missing")
            for id in [id, "x"] {
                #expect(try await fixture.setDefaultAddress(asha.access, id, "billing").code == "not-found")
            }
            #expect(try await fixture.setDefaultAddress(ravi.access, id, "gifts").code == "validation-failed")
            // What was refused has changed nothing of her own defaults.
            #expect(try await fixture.addresses(asha.access)[0]["is_default_billing"]?.bool == true)
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            _ = try await fixture.address(of: asha.access)
            let id = try await fixture.address(of: asha.access)
            let first = try await fixture.setDefaultAddress(asha.access, id, "billing", key: "address-key-00004")
            try fixture.forgetMemory()
            let replay = try await fixture.setDefaultAddress(asha.access, id, "billing", key: "address-key-00004")
            #expect(first.status == 200 && replay.isReplay && replay.body == first.body)
            let other = try await fixture.setDefaultAddress(asha.access, id, "shipping", key: "address-key-00004")
            #expect(other.code == "idempotency-key-reused")
            let defaults = try await fixture.addresses(asha.access).map { $0["is_default_billing"]?.bool }
            #expect(defaults == [false, true])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct VerifySecondFactorTests {
    @Test func countsOnlyOnceACodeHasComeBack() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let early = try await fixture.verifyFactor(asha.access, "000000")
            #expect(early.code == "validation-failed")
            _ = try await fixture.enrol(asha.access)
            #expect(try await fixture.logInWithFactor().status == 200)
            // The secret that was given last counts.
            let secret = try AccountsFixture.factorSecret(try await fixture.enrol(asha.access))
            let wrong = try await fixture.verifyFactor(asha.access, fixture.code(secret, stepsAhead: 5))
            #expect(wrong.code == "validation-failed")
            let right = try await fixture.verifyFactor(asha.access, fixture.code(secret), key: "second-factor-01")
            try fixture.forgetMemory()
            let replay = try await fixture.verifyFactor(asha.access, fixture.code(secret), key: "second-factor-01")
            #expect(right.status == 200 && replay.isReplay && replay.body == right.body)
            let again = try await fixture.enrol(asha.access)
            #expect(again.status == 409 && again.code == "illegal-transition")
            let twice = try await fixture.verifyFactor(asha.access, fixture.code(secret, stepsAhead: 1))
            #expect(twice.code == "illegal-transition")
        }
    }

    @Test func asksForALoginAndACode() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            #expect(try await fixture.verifyFactor(nil, "000000").code == "token-missing")
            let secret = try AccountsFixture.factorSecret(try await fixture.enrol(asha.access))
            for body in ["{}", #"{"code":""}"#, #"{"code":123456}"#, #"{"code":"00000000000000000"}"#] {
                let wrong = try await fixture.call(.post, "/api/auth/mfa/verify/", body, token: asha.access)
                #expect(wrong.code == "validation-failed", "\(body)")
            }
            // The secret is of one account.
            let ravi = try await fixture.register("ravi@example.org")
            #expect(try await fixture.verifyFactor(ravi.access, fixture.code(secret)).code == "validation-failed")
            let other = try await fixture.logIn("asha@example.org", "correct horse battery").json["access"]?.string
            let right = try await fixture.verifyFactor(asha.access, fixture.code(secret), key: "second-factor-01")
            #expect(right.status == 200)
            let reused = try await fixture.verifyFactor(asha.access, "000000", key: "second-factor-01")
            #expect(reused.code == "idempotency-key-reused")
            let ended = try await fixture.call(.get, "/api/auth/profile/", token: other)
            #expect(ended.code == "token-invalid")
        }
    }
}

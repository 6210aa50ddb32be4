// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct EnrollSecondFactorTests {
    @Test func asksForALoginAndThePassword() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let anonymous = [try await fixture.enrol(nil).code, try await fixture.verifyFactor(nil, "1").code]
            #expect(anonymous == ["token-missing", "token-missing"])
            let wrong = try await fixture.enrol(asha.access, password: "wrong horse battery")
            #expect(wrong.code == "invalid-credentials")
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let first = try await fixture.enrol(asha.access, key: "second-factor-02")
            #expect(first.status == 200)
            let json = try first.json
            let secret = try #require(json["secret"]?.string)
            let uri = "otpauth://totp/MVE:asha%40example%2Eorg?secret=\(secret)&"
            #expect(json["uri"]?.string?.hasPrefix(uri) == true)
            try fixture.forgetMemory()
            let replay = try await fixture.enrol(asha.access, key: "second-factor-02")
            #expect(replay.isReplay && replay.body == first.body)
            let wrong = try await fixture.call(.post, "/api/auth/mfa/enroll/", "{}", token: asha.access)
            #expect(wrong.code == "validation-failed")
            // What is kept of the answer does not show the secret.
            let kept = try await fixture.pool.query(
                "select count(*) from platform.idempotency_keys where position(convert_to($1, 'UTF8') in body) > 0",
                secret
            ).only().int(0)
            #expect(kept == 0)
        }
    }

    @Test func onceEnrolledThereIsNoOther() async throws {
        try await AccountsFixture.with { fixture in
            let (_, access, _) = try await fixture.enrolled()
            let again = try await fixture.enrol(access)
            #expect(again.status == 409 && again.code == "illegal-transition")
        }
    }
}

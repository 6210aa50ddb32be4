// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct SecondFactorTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"

    private func enrol(
        _ fixture: AccountsFixture, _ token: String?, password: String = password
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(.post, "/api/auth/mfa/enroll/", #"{"password":"\#(password)"}"#, token: token)
    }

    private func verify(_ fixture: AccountsFixture, _ token: String?, _ code: String, key: String? = nil) async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(.post, "/api/auth/mfa/verify/", #"{"code":"\#(code)"}"#, token: token, key: key)
    }

    private func logIn(_ fixture: AccountsFixture, otp: String? = nil) async throws -> AccountsFixture.Answer {
        try await fixture.logIn(Self.email, Self.password, extra: otp.map { #","otp":"\#($0)""# } ?? "")
    }

    private func secret(_ answer: AccountsFixture.Answer) throws -> [UInt8] {
        let text = try #require(try answer.json["secret"]?.string)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bits: [Bool] = []
        for letter in text.utf8 {
            let value = try #require(alphabet.firstIndex(of: letter))
            bits += (0..<5).map { value & (16 >> $0) != 0 }
        }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    private func code(_ fixture: AccountsFixture, _ secret: [UInt8], stepsAhead: Int64 = 0) -> String {
        OneTimeCode.code(
            secret: secret, step: OneTimeCode.step(at: fixture.clock.now().seconds) + stepsAhead)
    }

    /// A user with a second factor: the secret, the token of the session that enrolled, the recovery codes.
    private func enrolled(
        _ fixture: AccountsFixture
    ) async throws -> (secret: [UInt8], access: String, recovery: [String]) {
        let asha = try await fixture.register(Self.email, password: Self.password)
        let secret = try secret(try await enrol(fixture, asha.access))
        let answer = try await verify(fixture, asha.access, code(fixture, secret))
        let recovery = try #require(try answer.json["recovery_codes"]?.elements).compactMap(\.string)
        return (secret, asha.access, recovery)
    }

    @Test func asksForACodeFromThenOn() async throws {
        try await AccountsFixture.with { fixture in
            let (secret, access, recovery) = try await enrolled(fixture)
            #expect(recovery.count == 10 && Set(recovery).count == 10)
            let without = try await logIn(fixture)
            #expect(without.status == 401 && without.code == "mfa-required")
            let wrong = try await logIn(fixture, otp: "000000")
            #expect(wrong.code == "mfa-required")
            fixture.clock.advance(by: .seconds(30))
            let right = try await logIn(fixture, otp: code(fixture, secret))
            #expect(right.status == 200)
            // The session that enrolled goes on.
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: access)
            #expect(profile.status == 200)
            #expect(try await fixture.mails().contains { $0.template == .secondFactorEnrolled })
            let sealed = try await fixture.pool.query("select secret from accounts.second_factors").only().bytes(0)
            #expect(sealed.count == secret.count + SealedBox.overhead)
        }
    }

    @Test func aCodeWorksOnce() async throws {
        try await AccountsFixture.with { fixture in
            let (secret, _, _) = try await enrolled(fixture)
            // The code that enrolled is used up.
            let used = try await logIn(fixture, otp: code(fixture, secret))
            #expect(used.code == "mfa-required")
            fixture.clock.advance(by: .seconds(60))
            let now = code(fixture, secret)
            async let first = logIn(fixture, otp: now)
            async let second = logIn(fixture, otp: now)
            #expect(try await [first.status, second.status].sorted() == [200, 401])
            // An older one, which is still in its time, is refused as well.
            let older = try await logIn(fixture, otp: code(fixture, secret, stepsAhead: -1))
            #expect(older.code == "mfa-required")
        }
    }

    @Test func recoveryCodesWorkOnceEach() async throws {
        try await AccountsFixture.with { fixture in
            let (_, _, recovery) = try await enrolled(fixture)
            let first = try await logIn(fixture, otp: recovery[0].uppercased())
            #expect(first.status == 200)
            let again = try await logIn(fixture, otp: recovery[0])
            #expect(again.code == "mfa-required")
            let another = try await logIn(fixture, otp: recovery[1])
            #expect(another.status == 200)
        }
    }

    @Test func guessesLockTheAccount() async throws {
        try await AccountsFixture.with { fixture in
            let (secret, _, _) = try await enrolled(fixture)
            for _ in 0..<10 { _ = try await logIn(fixture, otp: "000000") }
            fixture.clock.advance(by: .seconds(60))
            let locked = try await logIn(fixture, otp: code(fixture, secret))
            #expect(locked.code == "invalid-credentials")
        }
    }

    @Test func countsOnlyOnceACodeHasComeBack() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            let early = try await verify(fixture, asha.access, "000000")
            #expect(early.code == "validation-failed")
            _ = try await enrol(fixture, asha.access)
            #expect(try await logIn(fixture).status == 200)
            // The secret that was given last counts.
            let secret = try secret(try await enrol(fixture, asha.access))
            let wrong = try await verify(fixture, asha.access, code(fixture, secret, stepsAhead: 5))
            #expect(wrong.code == "validation-failed")
            let right = try await verify(fixture, asha.access, code(fixture, secret), key: "second-factor-01")
            let replay = try await verify(fixture, asha.access, code(fixture, secret), key: "second-factor-01")
            #expect(right.status == 200 && replay.isReplay && replay.body == right.body)
            let again = try await enrol(fixture, asha.access)
            #expect(again.status == 409 && again.code == "illegal-transition")
            let twice = try await verify(fixture, asha.access, code(fixture, secret, stepsAhead: 1))
            #expect(twice.code == "illegal-transition")
        }
    }

    @Test func asksForALoginAndThePassword() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            let anonymous = [try await enrol(fixture, nil).code, try await verify(fixture, nil, "1").code]
            #expect(anonymous == ["token-missing", "token-missing"])
            let wrong = try await enrol(fixture, asha.access, password: "wrong horse battery")
            #expect(wrong.code == "invalid-credentials")
        }
    }

    @Test func opensAdminsTheirDoor() async throws {
        try await AccountsFixture.with { fixture in
            let (_, access, _) = try await enrolled(fixture)
            try await fixture.pool.execute(
                "update accounts.users set roles = '{customer,admin}', permissions = '{super}'")
            fixture.states.forgetAll()
            let session = try await fixture.pool.query(
                "select id, user_id from accounts.sessions where revoked_at is null"
            )
            .only()
            let key = UserSession(
                user: UserID(rawValue: try session.int64(1)), session: SessionID(rawValue: try session.int64(0)))
            #expect(try await fixture.states.state(of: key)?.hasSecondFactor == true)
            try await fixture.pool.execute("update accounts.second_factors set enrolled_at = null")
            fixture.states.forgetAll()
            #expect(try await fixture.states.state(of: key)?.hasSecondFactor == false)
            _ = access
        }
    }
}

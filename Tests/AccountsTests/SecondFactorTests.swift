// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Testing

/// What a second factor is asked for.
@Suite(.timeLimit(.minutes(2))) struct SecondFactorTests {
    @Test func asksForACodeFromThenOn() async throws {
        try await AccountsFixture.with { fixture in
            let (secret, access, recovery) = try await fixture.enrolled()
            #expect(recovery.count == 10 && Set(recovery).count == 10)
            let without = try await fixture.logInWithFactor()
            #expect(without.status == 401 && without.code == "mfa-required")
            let wrong = try await fixture.logInWithFactor(otp: "000000")
            #expect(wrong.code == "mfa-required")
            fixture.clock.advance(by: .seconds(30))
            let right = try await fixture.logInWithFactor(otp: fixture.code(secret))
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
            let (secret, _, _) = try await fixture.enrolled()
            // The code that enrolled is used up.
            let used = try await fixture.logInWithFactor(otp: fixture.code(secret))
            #expect(used.code == "mfa-required")
            fixture.clock.advance(by: .seconds(60))
            let now = fixture.code(secret)
            async let first = fixture.logInWithFactor(otp: now)
            async let second = fixture.logInWithFactor(otp: now)
            #expect(try await [first.status, second.status].sorted() == [200, 401])
            // An older one, which is still in its time, is refused as well.
            let older = try await fixture.logInWithFactor(otp: fixture.code(secret, stepsAhead: -1))
            #expect(older.code == "mfa-required")
        }
    }

    /// The code is used up by the login itself: its repetition is answered all the same, and is no guess.
    @Test func aLoginWithACodeIsRepeatedUnderItsKey() async throws {
        try await AccountsFixture.with { fixture in
            let (secret, _, _) = try await fixture.enrolled()
            fixture.clock.advance(by: .seconds(60))
            let code = fixture.code(secret)
            let first = try await fixture.logInWithFactor(otp: code, key: "log-in-with-a-code-1")
            #expect(first.status == 200)
            try fixture.forgetMemory()
            let replay = try await fixture.logInWithFactor(otp: code, key: "log-in-with-a-code-1")
            #expect(replay.isReplay && replay.body == first.body, "\(replay.status) \(replay.code ?? "-")")
            #expect(try await fixture.count("select count(*) from accounts.login_failures") == 0)
            #expect(try await fixture.logInWithFactor(otp: code).code == "mfa-required")
        }
    }

    @Test func recoveryCodesWorkOnceEach() async throws {
        try await AccountsFixture.with { fixture in
            let (_, _, recovery) = try await fixture.enrolled()
            let first = try await fixture.logInWithFactor(otp: recovery[0].uppercased())
            #expect(first.status == 200)
            let again = try await fixture.logInWithFactor(otp: recovery[0])
            #expect(again.code == "mfa-required")
            let another = try await fixture.logInWithFactor(otp: recovery[1])
            #expect(another.status == 200)
        }
    }

    @Test func guessesLockTheAccount() async throws {
        try await AccountsFixture.with { fixture in
            let (secret, _, _) = try await fixture.enrolled()
            for _ in 0..<10 { _ = try await fixture.logInWithFactor(otp: "000000") }
            fixture.clock.advance(by: .seconds(60))
            let locked = try await fixture.logInWithFactor(otp: fixture.code(secret))
            #expect(locked.code == "invalid-credentials")
        }
    }

    @Test func opensAdminsTheirDoor() async throws {
        try await AccountsFixture.with { fixture in
            let (_, access, _) = try await fixture.enrolled()
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

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Synchronization
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct LogInTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"

    @Test func givesTokensForTheRightPassword() async throws {
        try await AccountsFixture.with { fixture in
            let registered = try await fixture.register(Self.email, password: Self.password)
            let answer = try await fixture.logIn("ASHA@example.org", Self.password, extra: #","device_name":"phone""#)
            #expect(answer.status == 200)
            let access = try #require(try answer.json["access"]?.string)
            #expect(try answer.json["refresh"]?.string != registered.refresh)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: access)
            #expect(try profile.json["id"]?.string == registered.user.description)
            let devices = try await fixture.count("select count(*) from accounts.sessions where device_name = 'phone'")
            #expect(devices == 1)
        }
    }

    @Test func answersAlikeForUnknownAddressesAndWrongPasswords() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            let wrong = try await fixture.logIn(Self.email, "wrong horse battery")
            let unknown = try await fixture.logIn("nobody@example.org", Self.password)
            #expect(wrong.status == 401 && wrong.code == "invalid-credentials")
            #expect(wrong.body == unknown.body)
        }
    }

    @Test func locksAfterTenFailuresForKnownAndUnknownAddresses() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            for email in [Self.email, "nobody@example.org"] {
                for _ in 0..<10 {
                    let answer = try await fixture.logIn(email, "wrong horse battery")
                    #expect(answer.code == "invalid-credentials")
                }
            }
            let locked = try await fixture.logIn(Self.email, Self.password)
            #expect(locked.code == "invalid-credentials")
            try await fixture.pool.execute(
                "update accounts.login_failures set window_start = now() - interval '61 minutes', locked_until = now() - interval '1 minute'"
            )
            let open = try await fixture.logIn(Self.email, Self.password)
            #expect(open.status == 200)
        }
    }

    @Test func forgetsFailuresAfterASuccess() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            for _ in 0..<2 {
                for _ in 0..<9 { _ = try await fixture.logIn(Self.email, "wrong horse battery") }
                let answer = try await fixture.logIn(Self.email, Self.password)
                #expect(answer.status == 200)
            }
        }
    }

    @Test func narrowsToRolesThatTheUserHas() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            let customer = try await fixture.logIn(Self.email, Self.password, extra: #","audience":"customer""#)
            #expect(customer.status == 200)
            let seller = try await fixture.logIn(Self.email, Self.password, extra: #","audience":"seller""#)
            #expect(seller.code == "forbidden")
            let unknown = try await fixture.logIn(Self.email, Self.password, extra: #","audience":"emperor""#)
            #expect(unknown.code == "validation-failed")
        }
    }

    @Test func refusesBlockedAccountsOnlyToWhoKnowsThePassword() async throws {
        try await AccountsFixture.with { fixture in
            let registered = try await fixture.register(Self.email, password: Self.password)
            try await fixture.pool.execute("update accounts.users set status = 'blocked'")
            fixture.states.forgetAll()
            let right = try await fixture.logIn(Self.email, Self.password)
            #expect(right.status == 403 && right.code == "account-blocked")
            let wrong = try await fixture.logIn(Self.email, "wrong horse battery")
            #expect(wrong.code == "invalid-credentials")
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: registered.access)
            #expect(profile.code == "account-blocked")
            let refresh = try await fixture.refresh(registered.refresh)
            #expect(refresh.code == "account-blocked")
        }
    }

    /// A stored answer is for who may still have it (D 31), wherever it is remembered.
    @Test(arguments: [true, false]) func whoIsBlockedGetsNoAnswerOfBefore(isRemembered: Bool) async throws {
        try await AccountsFixture.with { fixture in
            let login = #"{"email":"\#(Self.email)","password":"\#(Self.password)"}"#
            let registration = login.replacing("}", with: #","full_name":"Asha Rao"}"#)
            let calls = [("/api/auth/register/", registration), ("/api/auth/login/", login)]
            for (path, body) in calls {
                let first = try await fixture.call(.post, path, body, key: "one-key-for-each-path")
                let again = try await fixture.call(.post, path, body, key: "one-key-for-each-path")
                #expect(again.isReplay && again.body == first.body)
            }
            try await fixture.pool.execute("update accounts.users set status = 'blocked'")
            if !isRemembered { try fixture.forgetMemory() }
            for (path, body) in calls {
                let blocked = try await fixture.call(.post, path, body, key: "one-key-for-each-path")
                #expect(blocked.status == 403 && blocked.code == "account-blocked" && !blocked.isReplay, "\(path)")
            }
            // Who does not know the password learns nothing of it.
            let guess = try await fixture.call(
                .post, "/api/auth/login/", login.replacing("horse", with: "mouse"), key: "one-key-for-each-path")
            #expect(guess.code == "idempotency-key-reused")
        }
    }

    @Test func rehashesAtTodaysCost() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            let old = try PasswordHash.make(Self.password, cost: PasswordCost(passes: 2, memory: 16 << 10))
            try await fixture.pool.execute("update accounts.users set password_hash = $1", old)
            let first = try await fixture.logIn(Self.email, Self.password)
            #expect(first.status == 200)
            let stored = try await fixture.pool.query("select password_hash from accounts.users").only().string(0)
            #expect(!PasswordHash.needsRehash(stored, cost: .cheapest))
            let second = try await fixture.logIn(Self.email, Self.password)
            #expect(second.status == 200)
        }
    }

    @Test func mergesTheGuestsCartOnceItIsKnownWho() async throws {
        try await AccountsFixture.with { fixture in
            let registered = try await fixture.register(Self.email, password: Self.password)
            let (token, client) = fixture.clients.issue()
            for password in ["wrong horse battery", Self.password] {
                _ = try await fixture.call(
                    .post, "/api/auth/login/", #"{"email":"\#(Self.email)","password":"\#(password)"}"#,
                    headers: ["X-Cart-Token: \(token)"])
            }
            let merges = fixture.merges.withLock { $0 }
            #expect(merges.count == 1)
            #expect(merges.first?.client == client && merges.first?.user == registered.user)
            #expect(fixture.cartsTold.withLock { $0 } == 1)
        }
    }

    /// One transaction: a cart that cannot be taken over is not left behind by a session without it.
    @Test func opensNoSessionWithoutTheGuestsCart() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            let (token, _) = fixture.clients.issue()
            let sessions: PostgresSQL = "select count(*) from accounts.sessions"
            let before = try await fixture.pool.query(sessions).only().int64(0)
            fixture.isCartBroken.withLock { $0 = true }
            func logIn() async throws -> Int {
                try await fixture.call(
                    .post, "/api/auth/login/", #"{"email":"\#(Self.email)","password":"\#(Self.password)"}"#,
                    headers: ["X-Cart-Token: \(token)", "Idempotency-Key: one-log-in-with-a-cart"]
                ).status
            }
            #expect(try await logIn() == 503)
            #expect(try await fixture.pool.query(sessions).only().int64(0) == before)
            #expect(fixture.merges.withLock { $0.isEmpty })
            // The same key again, once the cart can be had.
            fixture.isCartBroken.withLock { $0 = false }
            #expect(try await logIn() == 200)
            #expect(try await logIn() == 200)
            #expect(fixture.merges.withLock { $0.count } == 1)
            #expect(try await fixture.pool.query(sessions).only().int64(0) == before + 1)
        }
    }
}

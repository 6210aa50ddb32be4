// SPDX-License-Identifier: Apache-2.0
import Accounts
import HTTP
import Logging
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// What of accounts counts for nothing any more goes, and nothing else does.
@Suite(.timeLimit(.minutes(2))) struct AccountReaperTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"

    private func sweep(_ fixture: AccountsFixture) async -> Int {
        let pool = fixture.pool
        let reaper = RowReaper.ofAccounts(executor: pool.loop, clock: pool.loop, logger: Logger(label: "test")) {
            try await accountsReap(limit: $0, pool: pool)
        }
        return await reaper.sweep()
    }

    /// Makes everything of a session so much older.
    private func age(_ fixture: AccountsFixture, days: Int32, where device: String? = nil) async throws {
        try await fixture.pool.execute(
            """
            with aged as (
              update accounts.sessions set created_at = created_at - make_interval(days => $1),
                     last_used_at = last_used_at - make_interval(days => $1)
               where $2::text is null or device_name = $2 returning id)
            update accounts.refresh_tokens set created_at = created_at - make_interval(days => $1),
                   expires_at = expires_at - make_interval(days => $1)
             where session_id in (select id from aged)
            """, days, device)
    }

    private func sessions(_ fixture: AccountsFixture) async throws -> [String] {
        try await fixture.pool.query("select coalesce(device_name, '-') from accounts.sessions order by created_at, id")
            .map { try $0.string(0) }
    }

    private func logIn(_ fixture: AccountsFixture, _ device: String) async throws -> String {
        let answer = try await fixture.logIn(Self.email, Self.password, extra: #","device_name":"\#(device)""#)
        return try #require(try answer.json["refresh"]?.string)
    }

    @Test func sessionsGoWithTheirLastTokenButForTheNewest() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            _ = try await fixture.register("ravi@example.org", password: Self.password)
            let phone = try await logIn(fixture, "phone")
            _ = try await fixture.refresh(phone)
            try await age(fixture, days: 30)
            #expect(await sweep(fixture) == 4)
            // What is left of each says when the user was last there.
            #expect(try await sessions(fixture) == ["-", "phone"])
            #expect(try await fixture.refresh(phone).code == "refresh-invalid")
            // The newest is not the newest for ever.
            let tablet = try await logIn(fixture, "tablet")
            #expect(await sweep(fixture) == 0)
            try await age(fixture, days: 30, where: "tablet")
            _ = try await logIn(fixture, "watch")
            #expect(await sweep(fixture) == 1)
            #expect(try await sessions(fixture) == ["-", "watch"])
            #expect(try await fixture.refresh(tablet).code == "refresh-invalid")
        }
    }

    @Test func whatTellsAReuseStays() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register(Self.email, password: Self.password)
            let second = try #require(try await fixture.refresh(first.refresh).json["refresh"]?.string)
            let third = try #require(try await fixture.refresh(second).json["refresh"]?.string)
            // A day short of their end: superseded, and in a family that was revoked.
            try await age(fixture, days: 29)
            #expect(await sweep(fixture) == 0)
            #expect(try await fixture.refresh(first.refresh).code == "refresh-reused")
            #expect(await sweep(fixture) == 0)
            #expect(try await fixture.refresh(first.refresh).code == "refresh-reused")
            #expect(try await fixture.refresh(third).code == "refresh-invalid")
        }
    }

    /// The session lives on by its new token while the old ones go.
    @Test func aSessionInUseLosesItsOldTokensOnly() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register(Self.email, password: Self.password)
            let second = try #require(try await fixture.refresh(first.refresh).json["refresh"]?.string)
            let third = try #require(try await fixture.refresh(second).json["refresh"]?.string)
            try await fixture.pool.execute(
                "update accounts.refresh_tokens set expires_at = now() where superseded_at is not null")
            #expect(await sweep(fixture) == 1)
            #expect(try await fixture.refresh(third).status == 200)
        }
    }

    @Test func proofsStayADayBecauseTheyAreCounted() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email, password: Self.password)
            let proof = try await fixture.secret(of: .welcome)
            let used = try await fixture.call(.post, "/api/auth/verify-email/", #"{"token":"\#(proof)"}"#)
            #expect(used.status == 204)
            #expect(await sweep(fixture) == 0)
            try await fixture.pool.execute("update accounts.mail_tokens set expires_at = now()")
            #expect(await sweep(fixture) == 1)
            #expect(try await fixture.count("select count(*) from accounts.mail_tokens") == 0)
        }
    }

    @Test func countsOfFailuresStayWhileTheyCount() async throws {
        try await AccountsFixture.with { fixture in
            for email in ["a@example.org", "b@example.org", "c@example.org"] {
                _ = try await fixture.logIn(email, Self.password)
            }
            try await fixture.pool.execute(
                """
                update accounts.login_failures f
                   set window_start = now() - interval '61 minutes',
                       locked_until = case n.number when 1 then now() + interval '1 minute' when 2 then now() end
                  from (select email_hash, row_number() over (order by email_hash) as number from accounts.login_failures) n
                 where n.email_hash = f.email_hash
                """)
            _ = try await fixture.logIn("d@example.org", Self.password)
            #expect(await sweep(fixture) == 2)
            // One that is locked, one whose hour has begun.
            #expect(try await fixture.count("select count(*) from accounts.login_failures") == 2)
        }
    }

    @Test func manyGoInBatches() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            try await fixture.pool.execute(
                """
                with made as (
                  insert into accounts.sessions (id, user_id, created_at, last_used_at)
                  select n, $1, now() - interval '40 days', now() - interval '31 days' from generate_series(1, 2500) n
                  returning id)
                insert into accounts.refresh_tokens (token_hash, session_id, expires_at)
                select sha256(convert_to(id::text, 'UTF8')), id, now() - interval '1 day' from made
                """, asha.user.rawValue)
            #expect(await sweep(fixture) == 2500)
            #expect(try await fixture.count("select count(*) from accounts.sessions") == 1)
        }
    }
}

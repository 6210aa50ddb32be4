// SPDX-License-Identifier: Apache-2.0
import Accounts
import HTTP
import Logging
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct DeleteAccountTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"

    private func delete(
        _ fixture: AccountsFixture, _ token: String?, password: String = password, key: String? = nil
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .post, "/api/auth/account/delete/", #"{"password":"\#(password)"}"#, token: token, key: key)
    }

    @Test func closesAtOnceAndRemovesWhenTheOrdersHaveEnded() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            _ = try await fixture.register("ravi@example.org")
            _ = try await fixture.call(
                .put, "/api/auth/profile/update/", #"{"phone":"+919876543210"}"#, token: asha.access,
                key: "profile-key-0001")
            let answer = try await delete(fixture, asha.access, key: "delete-key-00001")
            #expect(answer.status == 202)
            #expect(try await fixture.call(.get, "/api/auth/profile/", token: asha.access).code == "account-blocked")
            #expect(try await fixture.logIn(Self.email, Self.password).code == "account-blocked")
            #expect(try await fixture.mails().last?.recipient == .address(Self.email, name: "Asha Rao"))
            let isOpen = Mutex(true)
            let deletions = AccountDeletions(
                executor: fixture.pool.loop, clock: fixture.pool.loop, pool: fixture.pool,
                logger: Logger(label: "test")
            ) { _ in isOpen.withLock { $0 } }
            #expect(await deletions.sweep() == 0)
            isOpen.withLock { $0 = false }
            #expect(await deletions.sweep() == 1)
            #expect(await deletions.sweep() == 0)
            let row = try await fixture.pool.query(
                """
                select u.email, u.full_name, u.phone is null, u.status,
                       (select count(*) from accounts.sessions s where s.user_id = u.id),
                       (select count(*) from platform.idempotency_keys k where k.user_id = u.id),
                       (select count(*) from platform.audit a where a.entity_id = u.id and action = 'user.deleted')
                  from accounts.users u where u.id = $1
                """, asha.user.rawValue
            ).only()
            #expect(try row.string(0) == "deleted-\(asha.user.rawValue)@deleted.invalid")
            #expect(try row.string(1) == "Deleted user" && row.bool(2) && row.string(3) == "blocked")
            #expect(try row.int(4) == 0 && row.int(5) == 0 && row.int(6) == 1)
            let events = try await fixture.pool.query(
                "select string_agg(seq || ' ' || type, ', ' order by id) from platform.outbox where aggregate_id = $1",
                asha.user.rawValue
            ).only()
            #expect(
                try events.string(0) == "1 user.registered, 2 user.deletion_requested, 3 user.deleted")
            // The address is free again, and the other account is untouched.
            _ = try await fixture.register(Self.email, password: Self.password)
            #expect(try await fixture.logIn("ravi@example.org", Self.password).status == 200)
        }
    }

    @Test func theAvatarGoesAlong() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            let ravi = try await fixture.register("ravi@example.org")
            for person in [asha, ravi] {
                _ = try await fixture.picture(2, of: person.access)
                let picture = try await fixture.picture(1, of: person.access)
                #expect(try await fixture.show(picture, token: person.access).status == 200)
            }
            #expect(try await delete(fixture, asha.access).status == 202)
            let deletions = AccountDeletions(
                executor: fixture.pool.loop, clock: fixture.pool.loop, pool: fixture.pool,
                logger: Logger(label: "test")
            ) { _ in false }
            #expect(await deletions.sweep() == 1)
            let left = try await fixture.pool.query("select user_id from accounts.images order by id").map {
                UserID(rawValue: try $0.int64(0))
            }
            #expect(left == [ravi.user, ravi.user])
            let named = try await fixture.count(
                "select count(*) from accounts.users where avatar_image_id is not null and deleted_at is not null")
            #expect(named == 0)
        }
    }

    private struct Away: Error {}

    /// What other contexts keep of a user goes in the same transaction, or nothing goes.
    @Test func takesWhatOthersKeepAlong() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            _ = try await delete(fixture, asha.access)
            let isAway = Mutex(true)
            let forgotten = Mutex<[String]>([])
            let deletions = AccountDeletions(
                executor: fixture.pool.loop, clock: fixture.pool.loop, pool: fixture.pool,
                logger: Logger(label: "test"),
                forget: { user, email, transaction in
                    if isAway.withLock({ $0 }) { throw Away() }
                    let row = try await transaction.query(
                        "select deleted_at is not null from accounts.users where id = $1", user.rawValue
                    ).only()
                    let isRemoved = try row.bool(0)
                    forgotten.withLock { $0.append("\(user == asha.user) \(email) \(isRemoved)") }
                }
            ) { _ in false }
            #expect(await deletions.sweep() == 0)
            let kept = try await fixture.pool.query(
                "select count(*) from accounts.users where email = $1 and deleted_at is null", Self.email
            ).only()
            #expect(try kept.int(0) == 1)
            isAway.withLock { $0 = false }
            #expect(await deletions.sweep() == 1)
            #expect(forgotten.withLock { $0 } == ["true \(Self.email) true"])
        }
    }

    /// The first in the order of ids cannot be removed, the second waits for orders: the third goes all the same.
    @Test func oneThatFailsKeepsNobodyWaiting() async throws {
        try await AccountsFixture.with { fixture in
            var people: [UserID] = []
            for name in ["asha", "ravi", "meena"] {
                let person = try await fixture.register("\(name)@example.org", password: Self.password)
                #expect(try await delete(fixture, person.access).status == 202)
                people.append(person.user)
            }
            let users = people.sorted { $0.rawValue < $1.rawValue }
            let isAway = Mutex(true)
            let deletions = AccountDeletions(
                executor: fixture.pool.loop, clock: fixture.pool.loop, pool: fixture.pool,
                logger: Logger(label: "test"),
                forget: { user, _, _ in if user == users[0], isAway.withLock({ $0 }) { throw Away() } }
            ) { user in
                if user == users[1], isAway.withLock({ $0 }) { throw Away() }
                return false
            }
            #expect(await deletions.sweep() == 1)
            let removed = try await fixture.pool.query("select id from accounts.users where deleted_at is not null")
            #expect(try removed.map { UserID(rawValue: try $0.int64(0)) } == [users[2]])
            isAway.withLock { $0 = false }
            #expect(await deletions.sweep() == 2)
        }
    }

    @Test func needsThePasswordAndALogin() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            #expect(try await delete(fixture, nil).code == "token-missing")
            #expect(try await delete(fixture, asha.access, password: "wrong horse").code == "invalid-credentials")
            #expect(try await fixture.call(.get, "/api/auth/profile/", token: asha.access).status == 200)
        }
    }

    @Test func theLastWhoMayDoEverythingStays() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email, password: Self.password)
            try await fixture.pool.execute(
                "update accounts.users set roles = '{customer,admin}', permissions = '{super}'")
            #expect(try await delete(fixture, asha.access).code == "forbidden")
        }
    }

    @Test func whoIsNeededByOthersStays() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            fixture.isNeeded.withLock { $0 = true }
            func delete() async throws -> AccountsFixture.Answer {
                try await fixture.call(
                    .post, "/api/auth/account/delete/", #"{"password":"correct horse battery"}"#, token: asha.access)
            }
            #expect(try await delete().code == "illegal-transition")
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(profile.status == 200)
            fixture.isNeeded.withLock { $0 = false }
            #expect(try await delete().status == 202)
        }
    }
}

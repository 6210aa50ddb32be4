// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct RegisterTests {
    private static let body =
        #"{"email":"Asha@Example.org","password":"correct horse battery","full_name":" Asha Rao ","phone":"+91 98765-43210"}"#

    @Test func makesAnAccountWithASession() async throws {
        try await AccountsFixture.with { fixture in
            let answer = try await fixture.call(.post, "/api/auth/register/", Self.body)
            #expect(answer.status == 201)
            let user = try #require(try answer.json["user"])
            #expect(user["email"]?.string == "Asha@Example.org")
            #expect(user["full_name"]?.string == "Asha Rao")
            #expect(user["phone"]?.string == "+919876543210")
            #expect(user["roles"]?.elements?.map(\.string) == ["customer"])
            #expect(user["status"]?.string == "pending_verification")
            #expect(user["email_verified"]?.bool == false)
            #expect(user["version"]?.int == 1)
            let access = try #require(try answer.json["tokens"]?["access"]?.string)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: access)
            #expect(profile.status == 200)
            let events = try await fixture.count(
                "select count(*) from platform.outbox where type = 'user.registered' and seq = 1")
            #expect(events == 1)
            let hash = try await fixture.pool.query("select password_hash from accounts.users").only().string(0)
            #expect(hash.hasPrefix("$argon2id$"))
        }
    }

    @Test func refusesATakenAddressInAnyCase() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register("asha@example.org")
            let again = try await fixture.call(.post, "/api/auth/register/", Self.body)
            #expect(again.code == "email-taken")
            #expect(again.status == 409)
            let users = try await fixture.count("select count(*) from accounts.users")
            let sessions = try await fixture.count("select count(*) from accounts.sessions")
            #expect((users, sessions) == (1, 1))
        }
    }

    @Test func namesEveryWrongField() async throws {
        try await AccountsFixture.with { fixture in
            let answer = try await fixture.call(
                .post, "/api/auth/register/", #"{"email":"nobody","password":7,"phone":"abc","audience":"admin"}"#)
            #expect(answer.code == "validation-failed")
            #expect(answer.status == 422)
            let pointers = Set(try answer.json["errors"]?.elements?.compactMap { $0["pointer"]?.string } ?? [])
            #expect(pointers == ["/email", "/password", "/full_name", "/phone", "/audience"])
        }
    }

    @Test(arguments: [
        "short", "1234567890", "password123", "P@ssw0rd2024", "aaaaaaaaaaaa", "abcdefghijkl", "asha.rao.2024",
    ])
    func refusesWeakPasswords(password: String) async throws {
        try await AccountsFixture.with { fixture in
            let answer = try await fixture.call(
                .post, "/api/auth/register/",
                #"{"email":"asha.rao@example.org","password":"\#(password)","full_name":"A"}"#)
            #expect(answer.code == "weak-password")
            #expect(answer.status == 422)
        }
    }

    @Test func replaysTheSameAnswerForAKey() async throws {
        try await AccountsFixture.with { fixture in
            let key = "0123456789abcdef-register"
            let first = try await fixture.call(.post, "/api/auth/register/", Self.body, key: key)
            let second = try await fixture.call(.post, "/api/auth/register/", Self.body, key: key)
            #expect(first.status == 201 && !first.isReplay)
            #expect(second.status == 201 && second.isReplay)
            #expect(first.body == second.body)
            try fixture.forgetMemory()
            let third = try await fixture.call(.post, "/api/auth/register/", Self.body, key: key)
            #expect(third.isReplay && third.body == first.body)
            let other = try await fixture.call(
                .post, "/api/auth/register/", Self.body.replacing("Rao", with: "Rai"), key: key)
            #expect(other.code == "idempotency-key-reused")
            let stored = try await fixture.pool.query("select body from platform.idempotency_keys").only().bytes(0)
            #expect(!String(decoding: stored, as: UTF8.self).contains("access"))
            let isShort = try await fixture.count(
                "select count(*) from platform.idempotency_keys where expires_at <= now() + interval '60 seconds'")
            #expect(isShort == 1)
        }
    }

    @Test func keepsARefusalUnderItsKey() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register("asha@example.org")
            let key = "0123456789abcdef-taken"
            let first = try await fixture.call(.post, "/api/auth/register/", Self.body, key: key)
            #expect(first.code == "email-taken" && !first.isReplay)
            try await fixture.pool.execute("delete from accounts.users")
            try fixture.forgetMemory()
            let second = try await fixture.call(.post, "/api/auth/register/", Self.body, key: key)
            #expect(second.code == "email-taken" && second.isReplay)
            #expect(first.body == second.body)
        }
    }

    @Test func makesOneAccountOfManyParallelRequests() async throws {
        try await AccountsFixture.with { fixture in
            let answers = try await withThrowingTaskGroup(of: AccountsFixture.Answer.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await fixture.call(
                            .post, "/api/auth/register/", Self.body, key: "0123456789abcdef-parallel")
                    }
                }
                var answers: [AccountsFixture.Answer] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(answers.allSatisfy { $0.status == 201 && $0.body == answers[0].body })
            #expect(answers.filter { !$0.isReplay }.count == 1)
            let users = try await fixture.count("select count(*) from accounts.users")
            #expect(users == 1)
        }
    }

    @Test func mergesTheGuestsCart() async throws {
        try await AccountsFixture.with { fixture in
            let (token, client) = fixture.clients.issue()
            let answer = try await fixture.call(
                .post, "/api/auth/register/", Self.body, headers: ["X-Cart-Token: \(token)"])
            let user = try #require(try answer.json["user"]?["id"]?.string)
            let merges = fixture.merges.withLock { $0 }
            #expect(merges.count == 1)
            #expect(merges.first?.client == client)
            #expect(merges.first?.user.description == user)
        }
    }
}

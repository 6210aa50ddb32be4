// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct ChangePasswordTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"
    private static let new = "seven quiet lakes"

    private func changePassword(
        _ fixture: AccountsFixture, _ token: String?, from current: String = password, to new: String = new,
        key: String? = nil
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .put, "/api/auth/password/change/", #"{"current_password":"\#(current)","password":"\#(new)"}"#,
            token: token, key: key)
    }

    @Test func changesThePasswordAndEndsTheOtherSessions() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let other = try #require(try await fixture.logIn(Self.email, Self.password).json["access"]?.string)
            let answer = try await changePassword(fixture, asha.access)
            #expect(answer.status == 204)
            let mine = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(mine.status == 200)
            let theirs = try await fixture.call(.get, "/api/auth/profile/", token: other)
            #expect(theirs.code == "token-invalid")
            let old = try await fixture.logIn(Self.email, Self.password)
            #expect(old.code == "invalid-credentials")
            let login = try await fixture.logIn(Self.email, Self.new)
            #expect(login.status == 200)
        }
    }

    @Test func guessesCountLikeFailedLogins() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            for _ in 0..<10 {
                let answer = try await changePassword(fixture, asha.access, from: "wrong horse battery")
                #expect(answer.status == 401 && answer.code == "invalid-credentials")
            }
            let locked = try await changePassword(fixture, asha.access)
            #expect(locked.code == "invalid-credentials")
            let login = try await fixture.logIn(Self.email, Self.password)
            #expect(login.code == "invalid-credentials")
        }
    }

    @Test func asksForALoginAndAStrongPassword() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let anonymous = try await changePassword(fixture, nil)
            #expect(anonymous.code == "token-missing")
            let weak = try await changePassword(fixture, asha.access, to: "short")
            #expect(weak.code == "weak-password")
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let first = try await changePassword(fixture, asha.access, key: "password-key-0001")
            try fixture.forgetMemory()
            // The old password is none any more, and the key has its answer all the same.
            let replay = try await changePassword(fixture, asha.access, key: "password-key-0001")
            #expect(first.status == 204 && replay.status == 204 && replay.isReplay)
            #expect(try await fixture.count("select count(*) from accounts.login_failures") == 0, "it was no guess")
            let other = try await changePassword(
                fixture, asha.access, to: "eight loud rivers", key: "password-key-0001")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await fixture.logIn(Self.email, Self.new).status == 200)
            #expect(try await fixture.mails().count { $0.template == .passwordChanged } == 1)
            let empty = try await fixture.call(.put, "/api/auth/password/change/", "{}", token: asha.access)
            #expect(empty.code == "validation-failed")
        }
    }
}

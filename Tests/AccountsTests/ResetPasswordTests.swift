// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct ResetPasswordTests {
    private static let email = "asha@example.org"
    private static let new = "seven quiet lakes"

    private func forget(_ fixture: AccountsFixture, _ email: String) async throws -> AccountsFixture.Answer {
        try await fixture.call(.post, "/api/auth/password/forgot/", #"{"email":"\#(email)"}"#)
    }

    private func reset(
        _ fixture: AccountsFixture, _ token: String, _ password: String = new, key: String? = nil
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .post, "/api/auth/password/reset/", #"{"token":"\#(token)","password":"\#(password)"}"#, key: key)
    }

    @Test func setsAPasswordAndEndsEverySession() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            for _ in 0..<10 { _ = try await fixture.logIn(Self.email, "wrong horse battery") }
            #expect(try await forget(fixture, "ASHA@example.org").status == 202)
            try await fixture.runJobs()
            let token = try await fixture.secret(of: .resetPassword)
            let answer = try await reset(fixture, token, key: "reset-password-key-1")
            #expect(answer.status == 204)
            #expect(fixture.news.all == [.users([asha.user])])
            let old = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(old.code == "token-invalid")
            let refreshed = try await fixture.refresh(asha.refresh)
            #expect(refreshed.code == "refresh-invalid")
            // The lock of too many failures is gone with the old password.
            let login = try await fixture.logIn(Self.email, Self.new)
            #expect(login.status == 200)
            #expect(try await fixture.mails().last?.template == .passwordChanged)
            let replay = try await reset(fixture, token, key: "reset-password-key-1")
            #expect(replay.status == 204 && replay.isReplay)
            let again = try await reset(fixture, token)
            #expect(again.code == "validation-failed")
            let audited = try await fixture.count(
                "select count(*) from platform.audit where action = 'user.password_reset'")
            #expect(audited == 1)
        }
    }

    @Test func refusesWeakPasswordsAndKeepsTheProof() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email)
            _ = try await forget(fixture, Self.email)
            try await fixture.runJobs()
            let token = try await fixture.secret(of: .resetPassword)
            for weak in ["short", "aaaaaaaaaaaa", "asha@example.org1"] {
                let answer = try await reset(fixture, token, weak)
                #expect(answer.status == 422 && answer.code == "weak-password")
            }
            let answer = try await reset(fixture, token)
            #expect(answer.status == 204)
        }
    }

    @Test func aProofOfAnotherPurposeSetsNoPassword() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email)
            let answer = try await reset(fixture, fixture.secret(of: .welcome))
            #expect(answer.code == "validation-failed")
        }
    }

    @Test func blockedAccountsStayBlocked() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email)
            _ = try await forget(fixture, Self.email)
            try await fixture.runJobs()
            let token = try await fixture.secret(of: .resetPassword)
            try await fixture.pool.execute("update accounts.users set status = 'blocked'")
            let answer = try await reset(fixture, token)
            #expect(answer.code == "validation-failed")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct VerifyEmailTests {
    private func verify(_ fixture: AccountsFixture, _ token: String, key: String? = nil) async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(.post, "/api/auth/verify-email/", #"{"token":"\#(token)"}"#, key: key)
    }

    @Test func provesTheAddressOfANewAccountOnce() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let token = try await fixture.secret(of: .welcome)
            let first = try await verify(fixture, token, key: "verify-email-key-01")
            #expect(first.status == 204 && first.body.isEmpty)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(try profile.json["email_verified"]?.bool == true && profile.json["status"]?.string == "active")
            let replay = try await verify(fixture, token, key: "verify-email-key-01")
            #expect(replay.status == 204 && replay.isReplay)
            let again = try await verify(fixture, token)
            #expect(again.status == 422 && again.code == "validation-failed")
        }
    }

    @Test func refusesWhatIsNoProof() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register()
            let token = try await fixture.secret(of: .welcome)
            for wrong in ["x", String(token.dropLast()) + "_", token.lowercased()] {
                let answer = try await verify(fixture, wrong)
                #expect(answer.code == "validation-failed")
            }
            try await fixture.pool.execute("update accounts.mail_tokens set expires_at = now()")
            let late = try await verify(fixture, token)
            #expect(late.code == "validation-failed")
            let unproven = try await fixture.count("select count(*) from accounts.users where email_verified")
            #expect(unproven == 0)
        }
    }
}

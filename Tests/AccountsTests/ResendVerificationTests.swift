// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct ResendVerificationTests {
    @Test func anotherMailComesOnDemandAndNotWithoutEnd() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            for _ in 0..<8 {
                let answer = try await fixture.call(.post, "/api/auth/resend-verification/", token: asha.access)
                #expect(answer.status == 202)
            }
            // With that of the registration.
            let sent = try await fixture.mails().count
            #expect(sent == 5)
            let answer = try await fixture.call(
                .post, "/api/auth/verify-email/", #"{"token":"\#(try await fixture.secret(of: .verifyEmail))"}"#)
            #expect(answer.status == 204)
            try await fixture.pool.execute("delete from accounts.mail_tokens")
            _ = try await fixture.call(.post, "/api/auth/resend-verification/", token: asha.access)
            let after = try await fixture.mails().count
            #expect(after == 5)
            let anonymous = try await fixture.call(.post, "/api/auth/resend-verification/")
            #expect(anonymous.code == "token-missing")
        }
    }

    @Test func oneKeyIsOneMail() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register()
            let path = "/api/auth/resend-verification/"
            let first = try await fixture.call(.post, path, token: asha.access, key: "resend-key-000001")
            try fixture.forgetMemory()
            let replay = try await fixture.call(.post, path, token: asha.access, key: "resend-key-000001")
            #expect(first.status == 202 && replay.status == 202 && replay.isReplay)
            #expect(try await fixture.mails().count { $0.template == .verifyEmail } == 1)
        }
    }
}

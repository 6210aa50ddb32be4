// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct ForgotPasswordTests {
    private static let email = "asha@example.org"

    private func forget(_ fixture: AccountsFixture, _ email: String, key: String? = nil) async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(.post, "/api/auth/password/forgot/", #"{"email":"\#(email)"}"#, key: key)
    }

    @Test func doesNotTellWhoHasAnAccount() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email)
            let before = try await fixture.count("select count(*) from platform.jobs")
            let (known, unknown) = (
                try await forget(fixture, Self.email), try await forget(fixture, "nobody@example.org")
            )
            #expect(known.status == 202 && unknown.status == 202 && known.body == unknown.body)
            // Each owed one job, whatever comes of it.
            let owed = try await fixture.count("select count(*) from platform.jobs") - before
            #expect(owed == 2)
            try await fixture.runJobs()
            let mails = try await fixture.mails().filter { $0.template == .resetPassword }
            #expect(mails.map(\.recipient) == [.address(Self.email, name: "Asha Rao")])
            // Asking again at once sends nothing more.
            _ = try await forget(fixture, Self.email)
            try await fixture.runJobs()
            let after = try await fixture.mails().filter { $0.template == .resetPassword }.count
            #expect(after == 1)
        }
    }

    @Test func oneKeyOwesOneJob() async throws {
        try await AccountsFixture.with { fixture in
            _ = try await fixture.register(Self.email)
            let first = try await forget(fixture, Self.email, key: "forgot-password-0001")
            try await fixture.pool.execute("delete from platform.jobs")
            try fixture.forgetMemory()
            let replay = try await forget(fixture, Self.email, key: "forgot-password-0001")
            #expect(first.status == 202 && replay.status == 202 && replay.isReplay)
            #expect(try await fixture.count("select count(*) from platform.jobs") == 0)
            let other = try await forget(fixture, "ravi@example.org", key: "forgot-password-0001")
            #expect(other.code == "idempotency-key-reused")
            // Without a login a key is guessed by nobody only if it is long.
            #expect(try await forget(fixture, Self.email, key: "short").code == "idempotency-key-too-weak")
            let wrong = try await fixture.call(.post, "/api/auth/password/forgot/", "{}")
            #expect(wrong.code == "validation-failed")
        }
    }
}

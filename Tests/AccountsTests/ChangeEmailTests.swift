// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct ChangeEmailTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"

    private func changeEmail(
        _ fixture: AccountsFixture, _ token: String?, to email: String, current: String = password, key: String? = nil
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .put, "/api/auth/email/change/", #"{"current_password":"\#(current)","email":"\#(email)"}"#, token: token,
            key: key)
    }

    private func verify(_ fixture: AccountsFixture, _ template: MailTemplate) async throws -> AccountsFixture.Answer {
        let token = try await fixture.secret(of: template)
        return try await fixture.call(.post, "/api/auth/verify-email/", #"{"token":"\#(token)"}"#)
    }

    @Test(arguments: [true, false])
    func theAddressMovesWhenBothHaveConfirmed(oldFirst: Bool) async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let asked = try await changeEmail(fixture, asha.access, to: "Asha@example.com")
            #expect(asked.status == 202)
            let order: [MailTemplate] = [.confirmOldEmail, .confirmNewEmail]
            for (number, template) in (oldFirst ? order : order.reversed()).enumerated() {
                let email = try await fixture.pool.query("select email from accounts.users").only().string(0)
                #expect(email == Self.email, "after \(number)")
                let answer = try await verify(fixture, template)
                #expect(answer.status == 204)
            }
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(try profile.json["email"]?.string == "Asha@example.com")
            #expect(try profile.json["email_verified"]?.bool == true)
            let last = try #require(try await fixture.mails().last { $0.template == .emailChanged })
            #expect(last.recipient == .address(Self.email, name: "Asha Rao"))
            let login = try await fixture.logIn("asha@example.com", Self.password)
            #expect(login.status == 200)
        }
    }

    /// Who lost the old mailbox to somebody changes the address because of it.
    @Test(arguments: [true, false])
    func whatWasSentToTheOldAddressResetsNothing(isVoid: Bool) async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            _ = try await fixture.call(.post, "/api/auth/password/forgot/", #"{"email":"\#(Self.email)"}"#)
            try await fixture.runJobs()
            let proof = try await fixture.secret(of: .resetPassword)
            _ = try await changeEmail(fixture, asha.access, to: "asha@example.com")
            for template in [MailTemplate.confirmOldEmail, .confirmNewEmail] {
                #expect(try await verify(fixture, template).status == 204)
            }
            // Unused proofs are void; and one that was not would prove another address than the account has.
            let unused: PostgresSQL = "select count(*) from accounts.mail_tokens where used_at is null"
            #expect(try await fixture.count(unused) == 0)
            if !isVoid {
                try await fixture.pool.execute(
                    "update accounts.mail_tokens set used_at = null where purpose = 'reset-password'")
            }
            let reset = try await fixture.call(
                .post, "/api/auth/password/reset/", #"{"token":"\#(proof)","password":"seven quiet lakes"}"#)
            #expect(reset.code == "validation-failed")
            #expect(try await fixture.logIn("asha@example.com", Self.password).status == 200)
        }
    }

    /// The reset has looked at its proof, and waits behind what moves the address.
    @Test func aResetThatIsOvertakenByTheChangeIsRefused() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            _ = try await fixture.call(.post, "/api/auth/password/forgot/", #"{"email":"\#(Self.email)"}"#)
            try await fixture.runJobs()
            let proof = try await fixture.secret(of: .resetPassword)
            _ = try await changeEmail(fixture, asha.access, to: "asha@example.com")
            _ = try await verify(fixture, .confirmOldEmail)
            let answers = try await fixture.meeting(
                at: asha.user,
                [
                    { try await verify(fixture, .confirmNewEmail) },
                    {
                        try await fixture.call(
                            .post, "/api/auth/password/reset/",
                            #"{"token":"\#(proof)","password":"seven quiet lakes"}"#)
                    },
                ])
            #expect(answers.map(\.status) == [204, 422])
            #expect(try await fixture.logIn("asha@example.com", Self.password).status == 200)
        }
    }

    @Test func aLaterWishVoidsTheProofsOfTheEarlierOne() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            _ = try await changeEmail(fixture, asha.access, to: "mallory@example.com")
            let first = try await fixture.secret(of: .confirmNewEmail)
            _ = try await changeEmail(fixture, asha.access, to: "asha@example.com")
            let stale = try await fixture.call(.post, "/api/auth/verify-email/", #"{"token":"\#(first)"}"#)
            #expect(stale.code == "validation-failed")
        }
    }

    @Test func oneAddressIsOneAccounts() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            _ = try await fixture.register("ravi@example.org")
            let taken = try await changeEmail(fixture, asha.access, to: "RAVI@example.org")
            #expect(taken.status == 409 && taken.code == "email-taken")
            let wrong = try await changeEmail(fixture, asha.access, to: "asha@example.com", current: "wrong horse")
            #expect(wrong.code == "invalid-credentials")
            // Free when it was asked for, taken when it was confirmed.
            _ = try await changeEmail(fixture, asha.access, to: "asha@example.com")
            _ = try await fixture.register("asha@example.com")
            _ = try await verify(fixture, .confirmOldEmail)
            let late = try await verify(fixture, .confirmNewEmail)
            #expect(late.code == "email-taken")
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let anonymous = try await changeEmail(fixture, nil, to: "asha@example.com")
            #expect(anonymous.code == "token-missing")
            let wrong = try await changeEmail(fixture, asha.access, to: "nobody")
            #expect(wrong.code == "validation-failed")
            let first = try await changeEmail(fixture, asha.access, to: "asha@example.com", key: "email-key-000001")
            try fixture.forgetMemory()
            let replay = try await changeEmail(fixture, asha.access, to: "asha@example.com", key: "email-key-000001")
            #expect(first.status == 202 && replay.status == 202 && replay.isReplay)
            let other = try await changeEmail(fixture, asha.access, to: "rao@example.com", key: "email-key-000001")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await fixture.mails().count { $0.template == .confirmNewEmail } == 1)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Testing

/// Who was let in by what the account was is not let in by what it has become.
@Suite(.timeLimit(.minutes(2))) struct LogInRaceTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"
    private static let new = "seven quiet lakes"

    private static let open: PostgresSQL = "select count(*) from accounts.sessions where revoked_at is null"

    private func change(_ fixture: AccountsFixture, _ token: String, to new: String) async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(
            .put, "/api/auth/password/change/", #"{"current_password":"\#(Self.password)","password":"\#(new)"}"#,
            token: token)
    }

    private func reset(_ fixture: AccountsFixture, _ proof: String) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .post, "/api/auth/password/reset/", #"{"token":"\#(proof)","password":"\#(Self.new)"}"#)
    }

    private func proof(_ fixture: AccountsFixture) async throws -> String {
        _ = try await fixture.call(.post, "/api/auth/password/forgot/", #"{"email":"\#(Self.email)"}"#)
        try await fixture.runJobs()
        return try await fixture.secret(of: .resetPassword)
    }

    @Test func aPasswordThatIsResetMeanwhileOpensNothing() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let proof = try await proof(fixture)
            let answers = try await fixture.meeting(
                at: asha.user,
                [{ try await reset(fixture, proof) }, { try await fixture.logIn(Self.email, Self.password) }])
            #expect(answers[0].status == 204)
            #expect(answers[1].status == 401 && answers[1].code == "invalid-credentials")
            #expect(try await fixture.count(Self.open) == 0)
            #expect(try await fixture.logIn(Self.email, Self.new).status == 200)
        }
    }

    @Test func aPasswordThatIsChangedMeanwhileOpensNothing() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let answers = try await fixture.meeting(
                at: asha.user,
                [
                    { try await change(fixture, asha.access, to: Self.new) },
                    { try await fixture.logIn(Self.email, Self.password) },
                ])
            #expect(answers.map(\.status) == [204, 401])
            #expect(try await fixture.count(Self.open) == 1, "that of the change")
        }
    }

    @Test func whoIsBlockedMeanwhileIsNotLetIn() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let answers = try await fixture.meeting(
                at: asha.user,
                [
                    { try await fixture.block("\(asha.user)", admin.access) },
                    { try await fixture.logIn(Self.email, Self.password) },
                ])
            #expect(answers[0].status == 200)
            #expect(answers[1].code == "account-blocked")
            #expect(try await fixture.count(Self.open) == 1, "the admin's")
        }
    }

    @Test func aSecondFactorThatIsEnrolledMeanwhileIsAskedFor() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let secret = try AccountsFixture.factorSecret(try await fixture.enrol(asha.access))
            let answers = try await fixture.meeting(
                at: asha.user,
                [
                    { try await fixture.verifyFactor(asha.access, fixture.code(secret)) },
                    { try await fixture.logIn(Self.email, Self.password) },
                ])
            #expect(answers[0].status == 200)
            #expect(answers[1].code == "mfa-required")
            #expect(try await fixture.count(Self.open) == 1)
        }
    }

    /// Both have the right password: that one has renewed the hash meanwhile is no reason to refuse the other.
    @Test func aHashThatIsOnlyRenewedLetsBothIn() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let old = try PasswordHash.make(Self.password, cost: PasswordCost(passes: 2, memory: 16 << 10))
            try await fixture.pool.execute("update accounts.users set password_hash = $1", old)
            let answers = try await fixture.meeting(
                at: asha.user,
                Array(repeating: { try await fixture.logIn(Self.email, Self.password) }, count: 2))
            #expect(answers.map(\.status) == [200, 200])
        }
    }

    /// Who still has the old password, and a session, undoes nothing of what its owner does against them.
    @Test(arguments: [
        (HTTPMethod.put, "password/change", #""current_password":"\#(password)","password":"mallory was here""#),
        (.put, "email/change", #""current_password":"\#(password)","email":"mallory@example.com""#),
        (.post, "mfa/enroll", #""password":"\#(password)""#), (.post, "account/delete", #""password":"\#(password)""#),
    ])
    func whoKnowsTheOldPasswordChangesNothingAfterAReset(
        method: HTTPMethod, path: String, fields: String
    ) async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let proof = try await proof(fixture)
            let answers = try await fixture.meeting(
                at: asha.user,
                [
                    { try await reset(fixture, proof) },
                    { try await fixture.call(method, "/api/auth/\(path)/", "{\(fields)}", token: asha.access) },
                ])
            #expect(answers.map(\.status) == [204, 401])
            #expect(try await fixture.logIn(Self.email, Self.new).status == 200)
            let wishes = try await fixture.count(
                "select (select count(*) from accounts.email_changes) + (select count(*) from accounts.second_factors)")
            #expect(wishes == 0)
        }
    }
}

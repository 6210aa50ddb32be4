// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct RevokeSessionTests {
    private static let email = "asha@example.org"
    private static let password = "correct horse battery"

    private func revoke(_ fixture: AccountsFixture, _ id: String, _ token: String?, key: String? = nil) async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(.post, "/api/auth/sessions/revoke/", #"{"id":"\#(id)"}"#, token: token, key: key)
    }

    @Test func listsTheCallersOwnAndEndsOne() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            _ = try await fixture.register("ravi@example.org")
            let login = try await fixture.logIn(Self.email, Self.password, extra: #","device_name":"phone""#)
            let phone = try #require(try login.json["access"]?.string)
            let list = try await fixture.call(.get, "/api/auth/sessions/", token: asha.access)
            let sessions = try #require(try list.json["data"]?.elements)
            #expect(sessions.map { $0["device_name"]?.string } == ["phone", nil])
            #expect(sessions.map { $0["current"]?.bool } == [false, true])
            let id = try #require(sessions[0]["id"]?.string)
            for _ in 0..<2 {
                let answer = try await revoke(fixture, id, asha.access)
                #expect(answer.status == 204)
            }
            let closed = try await fixture.call(.get, "/api/auth/profile/", token: phone)
            #expect(closed.code == "token-invalid")
            let after = try await fixture.call(.get, "/api/auth/sessions/", token: asha.access)
            #expect(try after.json["data"]?.elements?.count == 1)
            #expect(fixture.news.all.allSatisfy { $0 == .users([asha.user]) } && !fixture.news.all.isEmpty)
        }
    }

    @Test func otherPeoplesSessionsDoNotExist() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            let ravi = try await fixture.register("ravi@example.org")
            let list = try await fixture.call(.get, "/api/auth/sessions/", token: ravi.access)
            let id = try #require(try list.json["data"]?.elements?.first?["id"]?.string)
            for foreign in [id, "ses_0000000000001", "nonsense"] {
                let answer = try await revoke(fixture, foreign, asha.access)
                #expect(answer.status == 404 && answer.code == "not-found")
            }
            let open = try await fixture.call(.get, "/api/auth/profile/", token: ravi.access)
            #expect(open.status == 200)
            let anonymous = try await revoke(fixture, id, nil)
            #expect(anonymous.code == "token-missing")
            let anonymousList = try await fixture.call(.get, "/api/auth/sessions/")
            #expect(anonymousList.code == "token-missing")
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.with { fixture in
            let asha = try await fixture.register(Self.email)
            _ = try await fixture.logIn(Self.email, Self.password)
            let list = try await fixture.call(.get, "/api/auth/sessions/", token: asha.access)
            let sessions = try #require(try list.json["data"]?.elements)
            let id = try #require(sessions.first { $0["current"]?.bool == false }?["id"]?.string)
            let first = try await revoke(fixture, id, asha.access, key: "revoke-key-00001")
            try fixture.forgetMemory()
            let replay = try await revoke(fixture, id, asha.access, key: "revoke-key-00001")
            #expect(first.status == 204 && replay.status == 204 && replay.isReplay)
            let other = try await revoke(fixture, "nonsense", asha.access, key: "revoke-key-00001")
            #expect(other.code == "idempotency-key-reused")
            let wrong = try await fixture.call(.post, "/api/auth/sessions/revoke/", "{}", token: asha.access)
            #expect(wrong.code == "validation-failed")
        }
    }
}

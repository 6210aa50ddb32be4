// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct LogOutTests {
    @Test func closesItsOwnSessionAtOnceAndTwice() async throws {
        try await AccountsFixture.with { fixture in
            let session = try await fixture.register("asha@example.org", password: "correct horse battery")
            let other = try await fixture.logIn("asha@example.org", "correct horse battery")
            let before = try await fixture.call(.get, "/api/auth/profile/", token: session.access)
            #expect(before.status == 200)
            for body in ["", "{}"] {
                let answer = try await fixture.call(.post, "/api/auth/logout/", body, token: session.access)
                #expect(answer.status == 204)
                #expect(answer.body.isEmpty)
            }
            let after = try await fixture.call(.get, "/api/auth/profile/", token: session.access)
            #expect(after.code == "token-invalid")
            let refresh = try await fixture.refresh(session.refresh)
            #expect(refresh.code == "refresh-invalid")
            let still = try await fixture.call(.get, "/api/auth/profile/", token: try other.json["access"]?.string)
            #expect(still.status == 200)
        }
    }

    @Test func closesTheFamilyOfAGivenToken() async throws {
        try await AccountsFixture.with { fixture in
            let session = try await fixture.register("asha@example.org", password: "correct horse battery")
            let other = try await fixture.logIn("asha@example.org", "correct horse battery")
            let refresh = try #require(try other.json["refresh"]?.string)
            let stranger = try await fixture.register("ravi@example.org")
            for token in [refresh, stranger.refresh] {
                let answer = try await fixture.call(
                    .post, "/api/auth/logout/", #"{"refresh":"\#(token)"}"#, token: session.access)
                #expect(answer.status == 204)
            }
            let closed = try await fixture.refresh(refresh)
            #expect(closed.code == "refresh-invalid")
            let untouched = try await fixture.refresh(stranger.refresh)
            #expect(untouched.status == 200)
        }
    }

    @Test func closesAllSessions() async throws {
        try await AccountsFixture.with { fixture in
            let session = try await fixture.register("asha@example.org", password: "correct horse battery")
            let other = try await fixture.logIn("asha@example.org", "correct horse battery")
            let access = try #require(try other.json["access"]?.string)
            _ = try await fixture.call(.get, "/api/auth/profile/", token: access)
            let answer = try await fixture.call(
                .post, "/api/auth/logout/", #"{"all_sessions":true}"#, token: session.access)
            #expect(answer.status == 204)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: access)
            #expect(profile.code == "token-invalid")
        }
    }

    @Test func needsAToken() async throws {
        try await AccountsFixture.with { fixture in
            let missing = try await fixture.call(.post, "/api/auth/logout/")
            #expect(missing.code == "token-missing")
            let wrong = try await fixture.call(.post, "/api/auth/logout/", token: "x")
            #expect(wrong.code == "token-invalid")
        }
    }
}

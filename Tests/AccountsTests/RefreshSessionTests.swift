// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct RefreshSessionTests {
    private func tokens(_ answer: AccountsFixture.Answer) throws -> (access: String, refresh: String) {
        #expect(answer.status == 200)
        return (try #require(try answer.json["access"]?.string), try #require(try answer.json["refresh"]?.string))
    }

    @Test func rotates() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            let second = try tokens(try await fixture.refresh(first.refresh))
            #expect(second.refresh != first.refresh)
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: second.access)
            #expect(profile.status == 200)
            let third = try tokens(try await fixture.refresh(second.refresh))
            #expect(third.refresh != second.refresh)
        }
    }

    @Test func theOldTokenWorksUntilItsSuccessorIsUsed() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            _ = try tokens(try await fixture.refresh(first.refresh))
            let successor = try tokens(try await fixture.refresh(first.refresh))
            let next = try tokens(try await fixture.refresh(successor.refresh))
            let reused = try await fixture.refresh(first.refresh)
            #expect(reused.status == 401 && reused.code == "refresh-reused")
            // The family is revoked, with everything that came of it.
            let after = try await fixture.refresh(next.refresh)
            #expect(after.code == "refresh-invalid")
            let again = try await fixture.refresh(first.refresh)
            #expect(again.code == "refresh-reused")
            let profile = try await fixture.call(.get, "/api/auth/profile/", token: next.access)
            #expect(profile.code == "token-invalid")
        }
    }

    @Test func siblingsOfAUsedTokenAreReuseToo() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            let one = try tokens(try await fixture.refresh(first.refresh))
            let other = try tokens(try await fixture.refresh(first.refresh))
            _ = try tokens(try await fixture.refresh(one.refresh))
            let reused = try await fixture.refresh(other.refresh)
            #expect(reused.code == "refresh-reused")
        }
    }

    @Test func oneFamilyDoesNotTouchAnother() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register("asha@example.org", password: "correct horse battery")
            let other = try tokens(try await fixture.logIn("asha@example.org", "correct horse battery"))
            let successor = try tokens(try await fixture.refresh(first.refresh))
            _ = try tokens(try await fixture.refresh(successor.refresh))
            let reused = try await fixture.refresh(first.refresh)
            #expect(reused.code == "refresh-reused")
            _ = try tokens(try await fixture.refresh(other.refresh))
        }
    }

    @Test func keepsFewUnusedSuccessors() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            for _ in 0..<12 { _ = try tokens(try await fixture.refresh(first.refresh)) }
            let rows = try await fixture.count("select count(*) from accounts.refresh_tokens")
            #expect(rows == 9)
        }
    }

    @Test func refusesWhatIsNoTokenOrTooOld() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            let made = "rt_" + String(repeating: "A", count: 43)
            for text in ["x", made, first.access] {
                let answer = try await fixture.refresh(text)
                #expect(answer.status == 401 && answer.code == "refresh-invalid", "\(text.prefix(8))")
            }
            try await fixture.pool.execute("update accounts.refresh_tokens set expires_at = now()")
            let old = try await fixture.refresh(first.refresh)
            #expect(old.code == "refresh-invalid")
            let empty = try await fixture.call(.post, "/api/auth/refresh/", "{}")
            #expect(empty.code == "validation-failed")
        }
    }

    @Test func aLostAnswerIsReplayedForItsKey() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            let answer = try await fixture.refresh(first.refresh, key: "k")
            let second = try tokens(answer)
            let third = try tokens(try await fixture.refresh(second.refresh))
            try fixture.forgetMemory()
            // The first token is superseded by now; the key answers before that is judged.
            let replay = try await fixture.refresh(first.refresh, key: "k")
            #expect(replay.isReplay && replay.body == answer.body)
            _ = try tokens(try await fixture.refresh(third.refresh))
            // A minute later the ordinary rules hold.
            try await fixture.pool.execute(
                "update platform.idempotency_keys set created_at = now() - interval '2 minutes', expires_at = now() - interval '1 minute'"
            )
            try fixture.forgetMemory()
            let late = try await fixture.refresh(first.refresh, key: "k")
            #expect(late.code == "refresh-reused" && !late.isReplay)
            let kept = try await fixture.count(
                "select count(*) from platform.idempotency_keys where expires_at > now()")
            #expect(kept == 0)
        }
    }

    /// What a client may still ask for is judged before what it has asked for is looked up (D 31), wherever the answer is remembered.
    @Test(arguments: [true, false]) func whoIsBlockedGetsNoAnswerOfBefore(isRemembered: Bool) async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            _ = try tokens(try await fixture.refresh(first.refresh, key: "k"))
            #expect(try await fixture.refresh(first.refresh, key: "k").isReplay)
            try await fixture.pool.execute("update accounts.users set status = 'blocked'")
            if !isRemembered { try fixture.forgetMemory() }
            let blocked = try await fixture.refresh(first.refresh, key: "k")
            #expect(blocked.code == "account-blocked" && !blocked.isReplay)
            try await fixture.pool.execute("update accounts.users set status = 'active'")
            #expect(try await fixture.refresh(first.refresh, key: "k").isReplay)
        }
    }

    @Test(arguments: [true, false]) func aRevokedFamilyGetsNoAnswerOfBefore(isRemembered: Bool) async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            let second = try tokens(try await fixture.refresh(first.refresh, key: "k"))
            let third = try tokens(try await fixture.refresh(second.refresh, key: "l"))
            _ = try tokens(try await fixture.refresh(third.refresh, key: "m"))
            let out = try await fixture.call(.post, "/api/auth/logout/", token: second.access)
            #expect(out.status == 204)
            if !isRemembered { try fixture.forgetMemory() }
            for (token, key, code) in [
                (first.refresh, "k", "refresh-reused"), (second.refresh, "l", "refresh-reused"),
                (third.refresh, "m", "refresh-invalid"),
            ] {
                let refused = try await fixture.refresh(token, key: key)
                #expect(refused.status == 401 && refused.code == code && !refused.isReplay, "\(key)")
            }
        }
    }

    @Test func parallelRefreshesAllSucceed() async throws {
        try await AccountsFixture.with { fixture in
            let first = try await fixture.register()
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await fixture.refresh(first.refresh).status } }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                return statuses
            }
            #expect(answers == Array(repeating: 200, count: 8))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct UnblockUserTests {
    @Test func opensAgainAndRemembersBoth() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            _ = try await fixture.block("\(asha.user)", admin.access)
            for _ in 0..<2 {
                let answer = try await fixture.unblock("\(asha.user)", admin.access)
                #expect(try answer.status == 200 && answer.json["status"]?.string == "pending_verification")
            }
            #expect(try await fixture.logIn("asha@example.org", "correct horse battery").status == 200)
            let events = try await fixture.pool.query(
                "select string_agg(seq || ' ' || type, ', ' order by id) from platform.outbox where aggregate_id = $1",
                asha.user.rawValue
            ).only()
            #expect(try events.string(0) == "1 user.registered, 2 user.blocked, 3 user.unblocked")
            // What was ended by the block stays ended.
            #expect(try await fixture.call(.get, "/api/auth/profile/", token: asha.access).code == "token-invalid")
            let detail = try await fixture.call(
                .get, "/api/admin/users/detail/", token: admin.access, query: "id=\(asha.user)")
            let blocks = try #require(try detail.json["blocks"]?.elements)
            #expect(blocks.count == 1 && blocks[0]["unblock_note"]?.string == "Cleared.")
            #expect(blocks[0]["blocked_by"]?.string == "\(admin.user)")
            try await fixture.pool.execute(
                "update accounts.users set status = 'blocked', deleted_at = now() where id = $1", asha.user.rawValue)
            #expect(try await fixture.unblock("\(asha.user)", admin.access).code == "illegal-transition")
        }
    }

    /// The user's own wish is not an admin's block: ending the one leaves the other.
    @Test func aRemovalGoesOnUnlessItIsCalledOff() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let leaving: PostgresSQL = "select count(*) from accounts.users where deletion_requested_at is not null"
            try await fixture.askForRemoval(asha.access)
            let untouched = try await fixture.unblock("\(asha.user)", admin.access)
            #expect(try untouched.status == 200 && untouched.json["status"]?.string == "blocked")
            _ = try await fixture.block("\(asha.user)", admin.access)
            for _ in 0..<2 {
                let answer = try await fixture.unblock("\(asha.user)", admin.access)
                #expect(try answer.status == 200 && answer.json["status"]?.string == "blocked")
            }
            #expect(try await fixture.count(leaving) == 1)
            #expect(try await fixture.count("select count(*) from accounts.blocks where unblocked_at is null") == 0)
            #expect(try await !fixture.mails().contains { $0.template == .accountUnblocked }, "it is not open")
            let extra = #","call_off_deletion":true"#
            for _ in 0..<2 {
                let answer = try await fixture.unblock("\(asha.user)", admin.access, extra: extra)
                #expect(try answer.status == 200 && answer.json["status"]?.string == "pending_verification")
            }
            #expect(try await fixture.count(leaving) == 0)
            #expect(
                try await fixture.events(of: asha.user)
                    == "1 user.registered, 2 user.deletion_requested, 3 user.blocked, 4 user.unblocked, 5 user.unblocked"
            )
            #expect(try await fixture.mails().count { $0.template == .accountUnblocked } == 1)
            let audited = try await fixture.count(
                "select count(*) from platform.audit where action = 'user.deletion_called_off'")
            #expect(audited == 1)
            #expect(try await fixture.logIn("asha@example.org", "correct horse battery").status == 200)
        }
    }

    @Test func theSameAgainIsReplayed() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            _ = try await fixture.block("\(asha.user)", admin.access)
            let first = try await fixture.unblock("\(asha.user)", admin.access, key: "unblock-key-0001")
            #expect(first.status == 200)
            // Blocked again meanwhile: what is replayed opens nothing.
            _ = try await fixture.block("\(asha.user)", admin.access)
            let replay = try await fixture.unblock("\(asha.user)", admin.access, key: "unblock-key-0001")
            #expect(replay.isReplay && replay.body == first.body)
            #expect(try await fixture.count("select count(*) from accounts.users where status = 'blocked'") == 1)
            let other = try await fixture.unblock("\(admin.user)", admin.access, key: "unblock-key-0001")
            #expect(other.code == "idempotency-key-reused")
            #expect(
                try await fixture.count("select count(*) from platform.audit where action = 'user.unblocked'") == 1)
            #expect(try await fixture.mails().contains { $0.template == .accountUnblocked })
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            for id in ["usr_0000000000001", "usr_x"] {
                #expect(try await fixture.unblock(id, admin.access).code == "not-found", "\(id)")
            }
            for body in ["{}", #"{"id":"\#(asha.user)"}"#, #"{"id":"\#(asha.user)","note":" "}"#] {
                let wrong = try await fixture.call(.post, "/api/admin/users/unblock/", body, token: admin.access)
                #expect(wrong.code == "validation-failed", "\(body)")
            }
            // Who may do everything is let in again by another such.
            try await fixture.setAdmin(asha.user, ["super"])
            let above = try await fixture.unblock("\(asha.user)", admin.access)
            #expect(above.status == 403 && above.code == "forbidden")
        }
    }

    @Test func isForAdminsWithThePermission() async throws {
        try await AccountsFixture.withAdmin(permissions: ["users:read", "orders:write"]) { fixture, admin, asha in
            for (token, code) in [
                (nil, "token-missing"), (asha.access, "forbidden"), (admin.access, "forbidden"),
            ] as [(String?, String)] {
                let refused = try await fixture.unblock("\(asha.user)", token)
                #expect(refused.code == code)
            }
        }
    }
}

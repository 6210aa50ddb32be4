// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct BlockUserTests {
    @Test func blocksAtOnceAndWritesItDown() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let answer = try await fixture.block("\(asha.user)", admin.access, key: "block-key-000001")
            #expect(try answer.status == 200 && answer.json["status"]?.string == "blocked")
            let refused = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(refused.status == 403 && refused.code == "account-blocked")
            #expect(try await fixture.refresh(asha.refresh).code == "account-blocked")
            #expect(try await fixture.logIn("asha@example.org", "correct horse battery").code == "account-blocked")
            #expect(fixture.news.all.last == .users([asha.user]))
            let replay = try await fixture.block("\(asha.user)", admin.access, key: "block-key-000001")
            #expect(replay.isReplay && replay.body == answer.body)
            let again = try await fixture.block("\(asha.user)", admin.access)
            #expect(again.status == 200)
            let row = try await fixture.pool.query(
                """
                select (select count(*) from platform.audit where action = 'user.blocked' and actor_type = 'admin'
                          and actor_id = $1 and entity_id = $2 and reason = 'fraud: Three cards.'),
                       (select count(*) from platform.outbox where type = 'user.blocked' and seq = 2 and aggregate_id = $2),
                       (select count(*) from accounts.blocks), (select count(*) from platform.jobs where kind = 'account.release-orders')
                """, admin.user.rawValue, asha.user.rawValue
            ).only()
            #expect(try row.int(0) == 1 && row.int(1) == 1 && row.int(2) == 1 && row.int(3) == 0)
            #expect(try await fixture.mails().last?.template == .accountBlocked)
        }
    }

    /// Closed is closed, but not for the same reason: what an admin decides is written down all the same.
    @Test func blocksWhoHasAskedForTheAccountsRemoval() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            try await fixture.askForRemoval(asha.access)
            for _ in 0..<2 { #expect(try await fixture.block("\(asha.user)", admin.access).status == 200) }
            #expect(
                try await fixture.events(of: asha.user)
                    == "1 user.registered, 2 user.deletion_requested, 3 user.blocked")
            let written = try await fixture.pool.query(
                """
                select (select count(*) from accounts.blocks where user_id = $1 and unblocked_at is null),
                       (select count(*) from platform.audit where action = 'user.blocked' and entity_id = $1)
                """, asha.user.rawValue
            ).only()
            #expect(try written.int(0) == 1 && written.int(1) == 1)
            #expect(try await fixture.mails().count { $0.template == .accountBlocked } == 1)
            // Where nothing is left of the person there is nobody to be blocked.
            try await fixture.pool.execute(
                "update accounts.users set deleted_at = now() where id = $1", asha.user.rawValue)
            #expect(try await fixture.block("\(asha.user)", admin.access).status == 200, "as before")
            try await fixture.pool.execute("delete from accounts.blocks")
            #expect(try await fixture.block("\(asha.user)", admin.access).code == "illegal-transition")
        }
    }

    @Test func owesTheEndOfUnpaidOrdersWhereItIsAskedFor() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            _ = try await fixture.block("\(asha.user)", admin.access, extra: #","cancel_open_orders":true"#)
            let payload = try await fixture.pool.query(
                "select payload->>'user_id' from platform.jobs where kind = 'account.release-orders'"
            ).only().string(0)
            #expect(payload == "\(asha.user.rawValue)")
        }
    }

    @Test func nobodyBlocksThemselvesOrTheLastOfAll() async throws {
        try await AccountsFixture.withAdmin(permissions: ["super"]) { fixture, admin, asha in
            let own = try await fixture.block("\(admin.user)", admin.access)
            #expect(own.status == 403 && own.code == "forbidden")
            // Another one who may do everything can be blocked, the last one cannot, not even by somebody who may block.
            try await fixture.pool.execute(
                "update accounts.users set roles = '{customer,admin}', permissions = '{users:write}' where id = $1",
                asha.user.rawValue)
            fixture.states.forgetAll()
            let last = try await fixture.block("\(admin.user)", asha.access)
            #expect(last.status == 403 && last.code == "forbidden")
            try await fixture.pool.execute(
                "update accounts.users set permissions = '{super}' where id = $1", asha.user.rawValue)
            fixture.states.forgetAll()
            async let one = fixture.block("\(admin.user)", asha.access)
            async let other = fixture.block("\(asha.user)", admin.access)
            let codes = [try await one.status, try await other.status].sorted()
            #expect(codes.first == 200 && codes.last != 200)
            let left = try await fixture.count(
                "select count(*) from accounts.users where status <> 'blocked' and 'super' = any (permissions)")
            #expect(left == 1)
        }
    }

    /// One who may do everything is blocked by another such, not by whoever blocks users.
    @Test func whoMayBlockIsNotAboveWhoMayDoEverything() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let ravi = try await fixture.register("ravi@example.org")
            for person in [asha, ravi] { try await fixture.setAdmin(person.user, ["super"]) }
            let above = try await fixture.block("\(asha.user)", admin.access)
            #expect(above.status == 403 && above.code == "forbidden")
            let equal = try await fixture.block("\(asha.user)", ravi.access)
            #expect(equal.status == 200)
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let path = "/api/admin/users/block/"
            for id in ["usr_0000000000001", "usr_x", "ord_01jd3k5v8x9ya"] {
                let unknown = try await fixture.block(id, admin.access)
                #expect(unknown.status == 404 && unknown.code == "not-found", "\(id)")
            }
            for body in [
                "{}", #"{"id":"\#(asha.user)"}"#, #"{"id":"\#(asha.user)","reason_code":"fraud"}"#,
                #"{"id":"\#(asha.user)","reason_code":"Not A Code","note":"x"}"#,
                #"{"id":"\#(asha.user)","reason_code":"fraud","note":"  "}"#,
            ] {
                let wrong = try await fixture.call(.post, path, body, token: admin.access)
                #expect(wrong.code == "validation-failed", "\(body)")
            }
            _ = try await fixture.block("\(asha.user)", admin.access, key: "block-key-000001")
            let other = try await fixture.block(
                "\(asha.user)", admin.access, extra: #","cancel_open_orders":true"#, key: "block-key-000001")
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func isForAdminsWithThePermission() async throws {
        try await AccountsFixture.withAdmin(permissions: ["users:read", "orders:write"]) { fixture, admin, asha in
            let ravi = try await fixture.register("ravi@example.org")
            #expect(try await fixture.block("\(ravi.user)", nil).code == "token-missing")
            #expect(try await fixture.block("\(ravi.user)", asha.access).code == "forbidden")
            #expect(try await fixture.block("\(ravi.user)", admin.access).code == "forbidden")
            #expect(try await fixture.count("select count(*) from accounts.users where status = 'blocked'") == 0)
        }
    }
}

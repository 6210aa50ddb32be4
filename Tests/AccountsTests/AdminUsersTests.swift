// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct AdminUsersTests {
    /// Somebody with permissions, and somebody to look after.
    private func with(
        permissions: [String] = ["users:read", "users:write"],
        _ body: @escaping @Sendable (AccountsFixture, _ admin: Person, _ asha: Person) async throws -> Void
    ) async throws {
        try await AccountsFixture.with { fixture in
            let admin = try await fixture.register("admin@example.org")
            try await fixture.pool.execute(
                "update accounts.users set roles = '{customer,admin}', permissions = $1", permissions)
            fixture.states.forgetAll()
            try await body(fixture, admin, try await fixture.register())
        }
    }

    typealias Person = (user: UserID, access: String, refresh: String)

    private func block(
        _ fixture: AccountsFixture, _ id: String, _ token: String?, extra: String = "", key: String? = nil
    ) async throws -> AccountsFixture.Answer {
        try await fixture.call(
            .post, "/api/admin/users/block/", #"{"id":"\#(id)","reason_code":"fraud","note":"Three cards."\#(extra)}"#,
            token: token, key: key)
    }

    private func unblock(_ fixture: AccountsFixture, _ id: String, _ token: String?) async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(
            .post, "/api/admin/users/unblock/", #"{"id":"\#(id)","note":"Cleared."}"#, token: token)
    }

    private func list(_ fixture: AccountsFixture, _ token: String?, _ query: String = "") async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(.get, "/api/admin/users/", token: token, query: query)
    }

    @Test func blocksAtOnceAndWritesItDown() async throws {
        try await with { fixture, admin, asha in
            let answer = try await block(fixture, "\(asha.user)", admin.access, key: "block-key-000001")
            #expect(try answer.status == 200 && answer.json["status"]?.string == "blocked")
            let refused = try await fixture.call(.get, "/api/auth/profile/", token: asha.access)
            #expect(refused.status == 403 && refused.code == "account-blocked")
            #expect(try await fixture.refresh(asha.refresh).code == "account-blocked")
            #expect(try await fixture.logIn("asha@example.org", "correct horse battery").code == "account-blocked")
            #expect(fixture.news.all.last == .users([asha.user]))
            let replay = try await block(fixture, "\(asha.user)", admin.access, key: "block-key-000001")
            #expect(replay.isReplay && replay.body == answer.body)
            let again = try await block(fixture, "\(asha.user)", admin.access)
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

    @Test func opensAgainAndRemembersBoth() async throws {
        try await with { fixture, admin, asha in
            _ = try await block(fixture, "\(asha.user)", admin.access)
            for _ in 0..<2 {
                let answer = try await unblock(fixture, "\(asha.user)", admin.access)
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
            #expect(try await unblock(fixture, "\(asha.user)", admin.access).code == "illegal-transition")
        }
    }

    @Test func owesTheEndOfUnpaidOrdersWhereItIsAskedFor() async throws {
        try await with { fixture, admin, asha in
            _ = try await block(fixture, "\(asha.user)", admin.access, extra: #","cancel_open_orders":true"#)
            let payload = try await fixture.pool.query(
                "select payload->>'user_id' from platform.jobs where kind = 'account.release-orders'"
            ).only().string(0)
            #expect(payload == "\(asha.user.rawValue)")
        }
    }

    @Test func nobodyBlocksThemselvesOrTheLastOfAll() async throws {
        try await with(permissions: ["super"]) { fixture, admin, asha in
            let own = try await block(fixture, "\(admin.user)", admin.access)
            #expect(own.status == 403 && own.code == "forbidden")
            // Another one who may do everything can be blocked, the last one cannot, not even by somebody who may block.
            try await fixture.pool.execute(
                "update accounts.users set roles = '{customer,admin}', permissions = '{users:write}' where id = $1",
                asha.user.rawValue)
            fixture.states.forgetAll()
            let last = try await block(fixture, "\(admin.user)", asha.access)
            #expect(last.status == 403 && last.code == "forbidden")
            try await fixture.pool.execute(
                "update accounts.users set permissions = '{super}' where id = $1", asha.user.rawValue)
            fixture.states.forgetAll()
            async let one = block(fixture, "\(admin.user)", asha.access)
            async let other = block(fixture, "\(asha.user)", admin.access)
            let codes = [try await one.status, try await other.status].sorted()
            #expect(codes.first == 200 && codes.last != 200)
            let left = try await fixture.count(
                "select count(*) from accounts.users where status <> 'blocked' and 'super' = any (permissions)")
            #expect(left == 1)
        }
    }

    @Test func findsPeopleByWhatTheirDataBeginWith() async throws {
        try await with { fixture, admin, asha in
            try await fixture.pool.execute(
                "update accounts.users set full_name = 'Zoë 100%_' , phone = '+919876543210' where id = $1",
                asha.user.rawValue)
            for (query, count) in [
                ("", 2), ("q=asha%40ex", 1), ("q=%2B9198", 1), ("q=ZO%C3%8B", 1), ("q=zo%C3%AB%20100%25_", 1),
                ("q=%25%25", 0), ("role=admin", 1), ("role=seller", 0), ("status=pending_verification", 2),
                ("status=blocked", 0), ("created_from=2099-01-01T00:00:00Z", 0), ("created_to=2099-01-01T00:00:00Z", 2),
            ] {
                let answer = try await list(fixture, admin.access, query)
                #expect(try answer.json["data"]?.elements?.count == count, "\(query)")
            }
            let first = try await list(fixture, admin.access, "limit=1")
            let item = try #require(try first.json["data"]?.elements?.first)
            #expect(item["id"]?.string == "\(asha.user)" && item["orders_count"]?.int == 7)
            #expect(item["last_login_at"]?.string != nil)
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await list(fixture, admin.access, "limit=1&cursor=\(cursor)")
            #expect(try second.json["data"]?.elements?.first?["id"]?.string == "\(admin.user)")
            #expect(try second.json["page"]?["has_more"]?.bool == false)
            #expect(
                try await list(fixture, admin.access, "limit=1&role=admin&cursor=\(cursor)").code == "invalid-cursor")
            for wrong in ["role=king", "status=x", "q=a", "created_from=today"] {
                #expect(try await list(fixture, admin.access, wrong).code == "validation-failed")
            }
        }
    }

    @Test func showsAllThatIsKnown() async throws {
        try await with { fixture, admin, asha in
            let detail = try await fixture.call(
                .get, "/api/admin/users/detail/", token: admin.access, query: "id=\(asha.user)")
            let json = try detail.json
            #expect(json["email"]?.string == "asha@example.org" && json["sessions"]?.elements?.count == 1)
            #expect(json["last_orders"]?.elements?.first?["total"]?["amount"]?.int == 259_800)
            #expect(json["seller"]?["status"]?.string == "active" && json["addresses"]?.elements?.isEmpty == true)
            for (query, code) in [
                ("id=x", "not-found"), ("id=usr_0000000000001", "not-found"), ("", "malformed-request"),
            ] {
                let answer = try await fixture.call(
                    .get, "/api/admin/users/detail/", token: admin.access, query: query)
                #expect(answer.code == code)
            }
            for path in ["block", "unblock"] {
                let answer = try await fixture.call(
                    .post, "/api/admin/users/\(path)/",
                    #"{"id":"usr_0000000000001","reason_code":"x","note":"y"}"#, token: admin.access)
                #expect(answer.code == "not-found")
            }
            let noReason = try await fixture.call(
                .post, "/api/admin/users/block/", #"{"id":"\#(asha.user)"}"#, token: admin.access)
            #expect(noReason.code == "validation-failed")
        }
    }

    @Test func isForAdminsWithThePermission() async throws {
        try await with(permissions: ["users:read", "orders:write"]) { fixture, admin, asha in
            let calls: [(HTTPMethod, String, String)] = [
                (.get, "/api/admin/users/", ""), (.get, "/api/admin/users/detail/", "id=\(asha.user)"),
                (.post, "/api/admin/users/block/", ""), (.post, "/api/admin/users/unblock/", ""),
            ]
            for (method, path, query) in calls {
                let anonymous = try await fixture.call(method, path, token: nil, query: query)
                #expect(anonymous.code == "token-missing", "\(path)")
                let customer = try await fixture.call(method, path, token: asha.access, query: query)
                #expect(customer.code == "forbidden", "\(path)")
                let reader = try await fixture.call(method, path, token: admin.access, query: query)
                #expect(reader.code == (method == .get ? nil : "forbidden"), "\(path)")
                let narrowed = try await fixture.tokens.issue(
                    user: admin.user, session: SessionID(rawValue: 1), audience: .customer)
                let wrong = try await fixture.call(method, path, token: narrowed, query: query)
                #expect(wrong.code == "wrong-audience", "\(path)")
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// What admins read of users.
@Suite(.timeLimit(.minutes(2))) struct AdminUsersTests {
    private func list(_ fixture: AccountsFixture, _ token: String?, _ query: String = "") async throws
        -> AccountsFixture.Answer
    {
        try await fixture.call(.get, "/api/admin/users/", token: token, query: query)
    }

    @Test func findsPeopleByPartsOfNameAndNumber() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            try await fixture.pool.execute(
                """
                update accounts.users set phone = case when id = $1 then '+919876543210' end,
                       full_name = case when id = $1 then 'Asha Rao-Menon 100%' else 'Admin' end
                """, asha.user.rawValue)
            for (query, count) in [
                ("q=rao", 1), ("q=RAO-men", 1), ("q=menon", 1), ("q=sha%20rao", 1), ("q=543210", 1), ("q=987654", 1),
                ("q=n%20100%25", 1), ("q=rao_men", 0), ("q=menonn", 0), ("q=example", 0),
                // Too short for a part: beginnings.
                ("q=ra", 0), ("q=as", 1), ("q=%2B9", 1), ("q=10", 0),
            ] {
                let answer = try await list(fixture, admin.access, query)
                #expect(try answer.json["data"]?.elements?.count == count, "\(query)")
            }
        }
    }

    @Test func findsPeopleByWhatTheirDataBeginWith() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
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
        try await AccountsFixture.withAdmin { fixture, admin, asha in
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
        }
    }

    @Test func isForAdminsWithThePermission() async throws {
        try await AccountsFixture.withAdmin(permissions: ["users:read", "orders:write"]) { fixture, admin, asha in
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

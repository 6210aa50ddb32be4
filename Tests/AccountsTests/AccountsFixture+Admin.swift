// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// What admins do with users.
extension AccountsFixture {
    typealias Person = (user: UserID, access: String, refresh: String)

    /// Somebody with permissions, and somebody to look after.
    static func withAdmin(
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

    func block(_ id: String, _ token: String?, extra: String = "", key: String? = nil) async throws -> Answer {
        try await call(
            .post, "/api/admin/users/block/", #"{"id":"\#(id)","reason_code":"fraud","note":"Three cards."\#(extra)}"#,
            token: token, key: key)
    }

    func unblock(_ id: String, _ token: String?, extra: String = "", key: String? = nil) async throws -> Answer {
        try await call(
            .post, "/api/admin/users/unblock/", #"{"id":"\#(id)","note":"Cleared."\#(extra)}"#, token: token, key: key)
    }

    /// Somebody asks for the removal of the account.
    func askForRemoval(_ token: String) async throws {
        let answer = try await call(
            .post, "/api/auth/account/delete/", #"{"password":"correct horse battery"}"#, token: token)
        #expect(answer.status == 202)
    }

    /// The events of an account, in their order.
    func events(of user: UserID) async throws -> String {
        try await pool.query(
            "select string_agg(seq || ' ' || type, ', ' order by id) from platform.outbox where aggregate_id = $1",
            user.rawValue
        ).only().string(0)
    }

    /// Gives somebody permissions, or takes all of them.
    func setAdmin(_ user: UserID, _ permissions: [String]) async throws {
        try await pool.execute(
            "update accounts.users set roles = '{customer,admin}', permissions = $2 where id = $1", user.rawValue,
            permissions)
        states.forgetAll()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

/// The admins' tree over that of `CatalogRows`: 1 (a) > 2 (b) > 3 (c), 1 > 4 (d), and 5 (e). Person 90 is an admin with every
/// permission, 91 one with another, 92 one with the right one alone; 1 is a customer, 101 sells.
struct CategoryFixture: Sendable {
    let base: RoutesFixture
    let tokens: [Int64: String]
    let told: Told

    /// What was told after commits: whether offers are taxed otherwise.
    final class Told: Sendable {
        let changes = Mutex<[Bool]>([])
    }

    func post(
        _ path: String, _ body: String, by user: Int64? = 90, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        try await base.send(
            path == "update" ? "PUT" : "POST", "/api/admin/categories/\(path)/", body,
            token: user.flatMap { tokens[$0] }, key: key, headers: headers)
    }

    /// All categories: id, path.
    func tree() async throws -> String {
        try await base.row(
            """
            select string_agg(c.id || ' ' || array_to_string(c.path, '/'), ', ' order by c.id) from catalog.categories c
             where c.id < 100
            """)
    }

    static func with(_ body: @escaping @Sendable (CategoryFixture) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            try await base.script(CatalogRows.sql)
            let told = Told()
            base.serve(
                categoryAdminRoutes(
                    CategoryDependencies(gate: base.gate, transactions: base.transactions, ids: base.ids) { taxes in
                        told.changes.withLock { $0.append(taxes) }
                    }))
            let tokens = [
                Int64(1): try await base.token(of: 1),
                90: try await base.token(of: 90, roles: .admin, permissions: .all),
                91: try await base.token(of: 91, roles: .admin, permissions: .productsRead),
                92: try await base.token(of: 92, roles: .admin, permissions: .productsWrite),
                101: try await base.token(of: 101, roles: .seller),
            ]
            try await body(CategoryFixture(base: base, tokens: tokens, told: told))
        }
    }

    static func id(_ number: Int64) -> String { CatalogRows.category(number) }

    static func new(_ slug: String, under parent: Int64?, extra: String = "") -> String {
        let parent = parent.map { "\"\(id($0))\"" } ?? "null"
        return #"{"name":"New","slug":"\#(slug)","parent_id":\#(parent)\#(extra)}"#
    }

    /// Who may not, and what nobody can do.
    func refusesOthers(_ path: String) async throws {
        for (user, code) in [
            (nil, "token-missing"), (1, "forbidden"), (101, "forbidden"), (91, "forbidden"), (92, "validation-failed"),
            (90, "validation-failed"),
        ] as [(Int64?, String)] {
            let answer = try await post(path, "{}", by: user)
            #expect(answer.code == code, "\(user ?? 0)")
        }
        guard path != "create" else { return }
        for id in ["cat_x", Self.id(99)] {
            let unknown = try await post(path, #"{"id":"\#(id)","parent_id":null}"#)
            #expect(unknown.code == "not-found")
        }
        let stale = try await post(path, #"{"id":"\#(Self.id(5))","parent_id":null,"position":4,"expected_version":9}"#)
        #expect(stale.status == 412 && stale.code == "version-conflict")
    }

    /// The same under one key is the same answer, and something else under it is refused.
    func replays(_ path: String, _ body: String, _ other: String) async throws {
        let first = try await post(path, body, key: "category-1")
        let again = try await post(path, body, key: "category-1")
        #expect(first.status < 300 && again.isReplay && again.body == first.body, "\(first.text)")
        let reused = try await post(path, other, key: "category-1")
        #expect(reused.code == "idempotency-key-reused")
        #expect(try await base.row("select count(*) from platform.audit") == "1")
    }
}

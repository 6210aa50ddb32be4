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

/// The endpoints of sellers over the rows of `CatalogRows`: person 101 sells for seller 1, 102 for 2, 103 for 3, who is
/// suspended; 110 has the role without a seller, 1 is a customer, 90 an admin.
struct SellerFixture: Sendable {
    let base: RoutesFixture
    private let tokens: [Int64: String]
    private let news: News

    private final class News: Sendable {
        let changed = Mutex<[VariantID]>([])
    }

    /// Variants of which others were told.
    var told: [VariantID] { news.changed.withLock { $0 } }

    /// What others are told of goes here.
    var note: @Sendable ([VariantID]) async -> Void {
        let news = news
        return { variants in news.changed.withLock { $0 += variants } }
    }

    static func with(
        _ routes: @escaping @Sendable (SellerFixture) -> [Route],
        _ body: @escaping @Sendable (SellerFixture) async throws -> Void
    ) async throws {
        try await RoutesFixture.with { base in
            _ = try await base.pool.query(
                """
                insert into accounts.users (id, email, email_folded, password_hash, full_name, status)
                select n, 's' || n, 's' || n, 'none', 'Seller', 'active' from generate_series(101, 103) n
                """)
            try await base.script(CatalogRows.sql)
            try await base.pool.execute("update sellers.sellers set owner_user_id = 100 + id")
            var tokens: [Int64: String] = [
                1: try await base.token(of: 1), 90: try await base.token(of: 90, roles: .admin),
            ]
            for number in [Int64(101), 102, 103, 110] {
                tokens[number] = try await base.token(of: number, roles: [.customer, .seller])
            }
            let fixture = SellerFixture(base: base, tokens: tokens, news: News())
            base.serve(routes(fixture))
            try await body(fixture)
        }
    }

    var desk: SellerDesk { SellerDesk(store: CatalogStore(client: base.pool)) }

    func post(
        _ path: String, _ body: String, by user: Int64? = 101, key: String? = nil, method: String = "POST",
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        try await base.send(
            method, "/api/\(path)/", body, token: user.flatMap { tokens[$0] }, key: key, headers: headers)
    }

    func get(_ path: String, by user: Int64? = 101) async throws -> TestClient.Answer {
        try await base.send("GET", "/api/\(path)", token: user.flatMap { tokens[$0] })
    }
}

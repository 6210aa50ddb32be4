// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import TestSupport

/// An admin with every permission and a second factor.
enum Admin {
    static let user: Int64 = 1900

    /// Makes one, with a session.
    static func make(in shop: CrashShop) async throws -> Visitor {
        _ = try await shop.store.sql(
            """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, roles, permissions, status)
            values (\(user), 'admin@example.org', 'admin@example.org', 'none', 'Admin', '{admin}', '{super}', 'active');
            insert into accounts.sessions (id, user_id) values (\(user), \(user));
            insert into accounts.second_factors (user_id, secret, enrolled_at) values (\(user), decode('00', 'hex'), now());
            """)
        let tokens = await AccessTokens(secret: try ServerProcess.secret())
        let token = try await tokens.issue(
            user: ID(rawValue: user), session: ID(rawValue: user), audience: .all, lifetime: .seconds(6 * 3600))
        return Visitor(shop: shop, token: token, server: 0)
    }
}

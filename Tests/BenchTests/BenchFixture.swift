// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import MarketHTTP
import TestSupport

@testable import bench

/// What a run needs: a few SKUs with ample stock, and buyers with sessions and carts.
enum BenchFixture {
    /// Variants 41 to 50.
    static let catalogue = """
        insert into sellers.sellers (id, slug, business_name, status, state_code) values (11, 'loom', 'Loom', 'active', 'KA');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (21, 'home', 'Home', '{home}', '{21}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
        select 30 + n, 11, 21, 'rug-' || n, 'Rug', 'approved', '5702', 1800 from generate_series(1, 10) n;
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
        select 40 + n, 30 + n, 11, 'RUG-' || n, 1000 * n from generate_series(1, 10) n;
        update inventory.stock set on_hand = 1000000;
        """

    /// Puts three lines into every cart that is empty.
    static let fillEmptyCarts = """
        insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
        select c.id, 6000 + c.id * 3 + n, 42 + n, 1, 1000 * (2 + n) from carts.carts c cross join generate_series(0, 2) n
         where not exists (select 1 from carts.cart_lines l where l.cart_id = c.id);
        """

    /// Buyers as the tokens file would name them; the first has something in the cart already.
    static func buyers(_ count: Int, in database: TestDatabase) async throws -> [Buyer] {
        _ = try await database.sql(
            """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, status)
            select 2000 + n, 'b' || n || '@example.org', 'b' || n || '@example.org', 'none', 'Buyer', 'active'
              from generate_series(0, \(count - 1)) n;
            insert into accounts.sessions (id, user_id) select 3000 + n, 2000 + n from generate_series(0, \(count - 1)) n;
            insert into carts.carts (id, user_id) select 1000 + n, 2000 + n from generate_series(0, \(count - 1)) n;
            insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor) values (1000, 5000, 41, 7, 1000);
            """)
        let tokens = await AccessTokens(secret: try ServerProcess.secret())
        var buyers: [Buyer] = []
        for number in 0..<count {
            let user = UserID(rawValue: Int64(2000 + number))
            let token = try await tokens.issue(
                user: user, session: SessionID(rawValue: Int64(3000 + number)), audience: .all,
                lifetime: .seconds(3600))
            buyers.append(Buyer(user: user, token: token, cart: CartID(rawValue: Int64(1000 + number))))
        }
        return buyers
    }
}

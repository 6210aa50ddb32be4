// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What the shop of these tests sells: three variants with plenty of units and one that runs out.
enum Goods {
    struct Item: Sendable {
        let variant: VariantID
        let price: Int64
        let stock: Int
    }

    static let plenty = [
        Item(variant: ID(rawValue: 41), price: 11_800, stock: 1_000_000),
        Item(variant: ID(rawValue: 42), price: 5_000, stock: 1_000_000),
        Item(variant: ID(rawValue: 43), price: 990, stock: 1_000_000),
    ]
    static let scarce = Item(variant: ID(rawValue: 44), price: 25_000, stock: 25)
    static let all = plenty + [scarce]

    static func price(of variant: VariantID) -> Int64 {
        all.first { $0.variant == variant }?.price ?? 0
    }

    static var catalogue: String {
        """
        insert into sellers.sellers (id, slug, business_name, status, state_code) values
        (11, 'loom', 'Loom', 'active', 'KA'), (12, 'kiln', 'Kiln', 'active', 'KA');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (21, 'home', 'Home', '{home}', '{21}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
        values (31, 11, 21, 'rug', 'Rug', 'approved', '5702', 1800), (32, 12, 21, 'cup', 'Cup', 'approved', '6912', 1200);
        \(all.map { item in
            let number = item.variant.rawValue
            let (product, seller) = number.isMultiple(of: 2) ? (32, 12) : (31, 11)
            return """
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
                values (\(number), \(product), \(seller), 'SKU-\(number)', \(item.price));
                update inventory.stock set on_hand = \(item.stock) where variant_id = \(number);
                """
        }.joined(separator: "\n"))
        """
    }

    /// Users 2000+n, each with a session 3000+n and an empty cart of which nothing is known yet.
    static func shoppers(_ count: Int) -> String {
        """
        insert into accounts.users (id, email, email_folded, password_hash, full_name, status)
        select 2000 + n, 'b' || n || '@example.org', 'b' || n || '@example.org', 'none', 'Buyer', 'active'
          from generate_series(0, \(count - 1)) n;
        insert into accounts.sessions (id, user_id) select 3000 + n, 2000 + n from generate_series(0, \(count - 1)) n;
        """
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing
import UVRuntime
import Wishlist

/// Offers of variants 1…9 for 1000 each, of which 9 is sold out; persons 1 and 2 are customers, 3 sells alone, 4 is an admin.
struct WishlistFixture: Sendable {
    let base: RoutesFixture
    let tokens: [Int64: String]
    let hidden: Hidden

    /// Variants that buyers cannot see any more.
    final class Hidden: Sendable {
        let variants = Mutex<Set<Int64>>([])
    }

    func post(_ path: String, _ body: String, by user: Int64? = 1, key: String? = nil) async throws
        -> TestClient.Answer
    {
        try await base.send("POST", "/api/wishlist/\(path)/", body, token: user.flatMap { tokens[$0] }, key: key)
    }

    func add(_ variant: Int64, notify: String? = nil, by user: Int64? = 1, key: String? = nil) async throws
        -> TestClient.Answer
    {
        let wish = notify.map { #","notify":"\#($0)""# } ?? ""
        return try await post(
            "add", #"{"variant_id":"\#(VariantID(rawValue: variant))"\#(wish)}"#, by: user, key: key)
    }

    func get(_ query: String = "", by user: Int64? = 1) async throws -> TestClient.Answer {
        try await base.send("GET", "/api/wishlist/get/\(query)", token: user.flatMap { tokens[$0] })
    }

    /// Works off what is owed.
    func work() async {
        let wishers = TellWishers(pool: base.pool)
        let jobs = JobRunner(
            executor: base.loop, store: JobStore(postgres: base.pool),
            handlers: [
                TellWishers.priceKind: { try await wishers.tell($0) },
                TellWishers.stockKind: { try await wishers.tell($0) },
            ], logger: base.logger)
        await jobs.run()
    }

    /// Looks again and again until there are such rows.
    func until(_ rows: String) async throws {
        while try await base.row("select count(*) from \(rows)") == "0" {}
    }

    func told() async throws -> String {
        try await base.row(
            """
            select coalesce(string_agg(type || ' ' || aggregate_id || ' #' || seq, ', ' order by id), '-')
              from platform.outbox where aggregate_type = 'wishlist'
            """)
    }

    static func with(_ body: @escaping @Sendable (WishlistFixture) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            let tokens = [
                Int64(1): try await base.token(of: 1), 2: try await base.token(of: 2),
                3: try await base.token(of: 3, roles: .seller),
                4: try await base.token(of: 4, roles: .admin, permissions: .all),
            ]
            let hidden = Hidden()
            base.serve(
                wishlistRoutes(
                    WishlistDependencies(
                        pool: base.pool, gate: base.gate, transactions: base.transactions, cursors: base.cursors,
                        offers: { variants in
                            var offers: [VariantID: Offer] = [:]
                            for variant in variants where variant.rawValue < 10 {
                                let isHidden = hidden.variants.withLock { $0.contains(variant.rawValue) }
                                offers[variant] = Self.offer(variant, isHidden: isHidden)
                            }
                            return offers
                        })))
            try await base.script(
                """
                insert into sellers.sellers (id, slug, business_name, status) values (11, 'loom', 'Loom', 'active');
                insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'home', 'Home', '{home}', '{1}');
                insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
                values (1, 11, 1, 'rug', 'Rug', 'approved', '5702', 1800);
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
                select n, 1, 11, 'R' || n, 1000 from generate_series(1, 9) n;
                update inventory.stock set on_hand = 5, version = version + 1;
                """)
            try await body(WishlistFixture(base: base, tokens: tokens, hidden: hidden))
        }
    }

    private static func offer(_ variant: VariantID, isHidden: Bool) -> Offer {
        Offer(
            variant: variant, product: ProductID(rawValue: 1), seller: SellerID(rawValue: 11), sellerName: "Loom",
            sellerState: nil, sku: "R", title: "Rug", slug: "rug", thumbnailURL: nil, options: Array("{}".utf8),
            currency: .inr, price: 1000, tiers: [], minQuantity: 1, maxQuantity: nil, step: 1, taxRate: .zero,
            hsnCode: "5702", version: 1, sellable: !isHidden,
            available: variant.rawValue == 9 ? 0 : 5)
    }

    static func variants(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.compactMap { $0["variant_id"]?.string } ?? []
    }

    static func id(_ variant: Int64) -> String { "\(VariantID(rawValue: variant))" }
}

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

@Suite(.timeLimit(.minutes(5))) struct WishlistTests {
    /// Offers of variants 1…9 for 1000 each; persons 1 and 2 are customers, 3 sells alone.
    private struct Shop: Sendable {
        let base: RoutesFixture
        let tokens: [Int64: String]

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
    }

    private static func with(_ body: @escaping @Sendable (Shop) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            let tokens = [
                Int64(1): try await base.token(of: 1), 2: try await base.token(of: 2),
                3: try await base.token(of: 3, roles: .seller),
            ]
            base.serve(
                wishlistRoutes(
                    WishlistDependencies(
                        pool: base.pool, gate: base.gate, transactions: base.transactions, cursors: base.cursors,
                        offers: { variants in
                            var offers: [VariantID: Offer] = [:]
                            for variant in variants where variant.rawValue < 10 {
                                offers[variant] = Self.offer(variant)
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
            try await body(Shop(base: base, tokens: tokens))
        }
    }

    private static func offer(_ variant: VariantID) -> Offer {
        Offer(
            variant: variant, product: ProductID(rawValue: 1), seller: SellerID(rawValue: 11), sellerName: "Loom",
            sellerState: nil, sku: "R", title: "Rug", slug: "rug", thumbnailURL: nil, options: Array("{}".utf8),
            currency: .inr, price: 1000, tiers: [], minQuantity: 1, maxQuantity: nil, step: 1, taxRate: .zero,
            hsnCode: "5702", version: 1, sellable: variant.rawValue != 9, available: 5)
    }

    private static func variants(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["data"]?.elements?.compactMap { $0["variant_id"]?.string } ?? []
    }

    private static func id(_ variant: Int64) -> String { "\(VariantID(rawValue: variant))" }

    @Test func keepsWhatWasPutBy() async throws {
        try await Self.with { shop in
            for variant in [Int64(1), 2, 9] {
                let added = try await shop.add(variant, notify: variant == 2 ? "price" : nil)
                #expect(added.status == 200)
            }
            let list = try await shop.get()
            #expect(try Self.variants(list) == [Self.id(9), Self.id(2), Self.id(1)])
            let items = try #require(try list.json["data"]?.elements)
            #expect(items[0]["in_stock"]?.bool == false)
            #expect(items[1]["notify"]?.string == "price")
            #expect(items[1]["price"]?["amount"]?.int == 1000)
            #expect(items[1]["product"]?["title"]?.string == "Rug")
            // Once, whatever is asked again.
            _ = try await shop.add(2)
            let again = try await shop.get()
            #expect(try again.json["data"]?.elements?[1]["notify"] == nil)
            #expect(try Self.variants(again).count == 3)
            for _ in 0..<2 {
                let removed = try await shop.post("remove", #"{"variant_id":"\#(Self.id(2))"}"#)
                #expect(removed.status == 204)
            }
            let malformed = try await shop.post("remove", #"{"variant_id":"var_x"}"#)
            #expect(malformed.status == 204)
            let left = try await shop.get()
            #expect(try Self.variants(left) == [Self.id(9), Self.id(1)])
            let others = try await shop.get(by: 2)
            #expect(try Self.variants(others) == [])
        }
    }

    @Test func pagesStayInOrder() async throws {
        try await Self.with { shop in
            for variant in Int64(1)...5 { _ = try await shop.add(variant) }
            let first = try await shop.get("?limit=3")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("?limit=3&cursor=\(cursor)")
            #expect(try Self.variants(first) + Self.variants(second) == (1...5).reversed().map { Self.id($0) })
            let others = try await shop.get("?limit=3&cursor=\(cursor)", by: 2)
            #expect(others.code == "invalid-cursor")
        }
    }

    @Test func refuses() async throws {
        try await Self.with { shop in
            let unknown = try await shop.add(77)
            #expect(unknown.code == "not-found")
            let wrong = try await shop.add(1, notify: "colour")
            #expect(wrong.code == "validation-failed")
            let nobody = try await shop.add(1, by: nil)
            #expect(nobody.code == "token-missing")
            let seller = try await shop.add(1, by: 3)
            #expect(seller.code == "forbidden")
            let anonymous = try await shop.get(by: nil)
            #expect(anonymous.code == "token-missing")
            let removing = try await shop.post("remove", #"{"variant_id":"\#(Self.id(1))"}"#, by: nil)
            #expect(removing.code == "token-missing")
            try await shop.base.script(
                """
                insert into wishlist.owners (user_id, items) values (1, 500);
                """)
            let full = try await shop.add(1)
            #expect(full.code == "validation-failed")
            #expect(try full.json["errors"]?.elements?.first?["code"]?.string == "too-many")
        }
    }

    @Test func oneKeyAddsOnce() async throws {
        try await Self.with { shop in
            let first = try await shop.add(1, key: "wish-0001")
            let again = try await shop.add(1, key: "wish-0001")
            #expect(again.isReplay && again.body == first.body)
            let other = try await shop.add(2, key: "wish-0001")
            #expect(other.code == "idempotency-key-reused")
        }
    }

    @Test func tellsOnceOfALowerPrice() async throws {
        try await Self.with { shop in
            _ = try await shop.add(1, notify: "price")
            _ = try await shop.add(1, notify: "stock", by: 2)
            try await shop.base.pool.execute("update catalog.variants set price_minor = 900 where id = 1")
            await shop.work()
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 950 where id = 1")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 920 where id = 1")
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1", "it was cheaper when it was told")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 800 where id = 1")
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1, wishlist.price_dropped 1 #2")
        }
    }

    /// The offers in memory are a few seconds old: what was seen is what stands.
    @Test func remembersThePriceThatStands() async throws {
        try await Self.with { shop in
            try await shop.base.pool.execute("update catalog.variants set price_minor = 800 where id = 1")
            _ = try await shop.add(1, notify: "price")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 950 where id = 1")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 900 where id = 1")
            await shop.work()
            #expect(try await shop.told() == "-")
        }
    }

    /// A price that falls while somebody puts the variant by is told: it waits for them.
    @Test func missesNoFallMeanwhile() async throws {
        try await Self.with { shop in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await shop.base.pool.withTransaction { transaction in
                        _ = try await transaction.query("select wishlist.add_v1(1, 1, 'price')")
                        try await shop.until(
                            "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                    }
                }
                group.addTask {
                    try await shop.until("pg_locks where relation = 'wishlist.items'::regclass and granted")
                    try await shop.base.pool.execute("update catalog.variants set price_minor = 900 where id = 1")
                }
                try await group.waitForAll()
            }
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1")
        }
    }

    @Test func isForgottenWithItsOwner() async throws {
        try await Self.with { shop in
            for user in Int64(1)...2 { _ = try await shop.add(1, by: user) }
            try await shop.base.pool.withTransaction { try await wishlistForget(UserID(rawValue: 1), in: $0) }
            #expect(try await shop.base.row("select sum(user_id), count(*) from wishlist.items") == "2|1")
            #expect(try await shop.base.row("select sum(user_id), count(*) from wishlist.owners") == "2|1")
        }
    }

    @Test func tellsOnceOfWhatIsBack() async throws {
        try await Self.with { shop in
            _ = try await shop.add(1, notify: "stock")
            for units in [0, 7, 0, 3] {
                try await shop.base.pool.execute(
                    "update inventory.stock set on_hand = $1, version = version + 1 where variant_id = 1", Int32(units))
                await shop.work()
            }
            await shop.work()
            #expect(try await shop.told() == "wishlist.back_in_stock 1 #1, wishlist.back_in_stock 1 #2")
        }
    }
}

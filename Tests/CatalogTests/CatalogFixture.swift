// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

/// The catalogue's routes over a database with a small, known catalogue, on a loop of its own.
struct CatalogFixture: Sendable {
    let database: TestDatabase
    let loop: EventLoop
    let pool: PostgresPool
    let store: CatalogStore
    let memory: CatalogMemory
    let statements: CountingClient
    private let routes: InProcessRoutes

    /// Runs `body` outside the loop and ends everything afterwards.
    static func with(
        rows: String = CatalogRows.sql, searchTimeout: Duration = .seconds(30), clock: (any LoopClock)? = nil,
        _ body: @escaping @Sendable (CatalogFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(rows)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let pool = PostgresPool(
                configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
            let secret = try #require(SecretKey([UInt8](repeating: 1, count: 32)))
            let statements = CountingClient(pool)
            let store = CatalogStore(
                client: statements,
                searches: statements.through(BoundedReadStore(pool: pool, timeout: searchTimeout)))
            let memory = CatalogMemory(executor: loop, clock: clock ?? loop)
            let routes = try await loop.run {
                InProcessRoutes(
                    catalogRoutes(store: store, memory: memory, clock: loop, cursors: CursorCodec(secret: secret)),
                    middleware: [ErrorAnswers.middleware])
            }
            let fixture = CatalogFixture(
                database: database, loop: loop, pool: pool, store: store, memory: memory, statements: statements,
                routes: routes)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(fixture))
            } catch {
                result = .failure(error)
            }
            try await loop.run { await pool.close() }
            await group.shutdown()
            try result.get()
        }
    }

    /// Asks a route on the loop, as a connection does.
    func get(_ target: String, headers: [(name: String, value: String)] = []) async throws -> TestClient.Answer {
        let routes = routes
        return try await loop.run { await routes.send("GET", target, headers: headers) }
    }

    /// Asks a route, on the loop already.
    func ask(_ target: String) async -> TestClient.Answer {
        await routes.send("GET", target, headers: [])
    }
}

extension TestClient.Answer {
    /// The ids of a page's items.
    var ids: [String] {
        get throws { try json["data"]?.elements?.compactMap { $0["id"]?.string } ?? [] }
    }
}

/// The rows of the fixture.
///
/// Three sellers: 1 and 2 sell, 3 is suspended. Categories 1 (root) > 2 > 3, 1 > 4, and 5 (root, empty). Products 1…60 in
/// categories 2…4 by turns, of sellers 1 and 2, with prices, ratings and sales that repeat; 61 is suspended with its
/// seller, 62 is a draft, 63 has no active variant.
enum CatalogRows {
    static let count = 60

    static func category(_ number: Int64) -> String { CategoryID(rawValue: number).description }
    static func product(_ number: Int64) -> String { ProductID(rawValue: number).description }
    static func seller(_ number: Int64) -> String { SellerID(rawValue: number).description }
    static func variant(_ number: Int64) -> String { VariantID(rawValue: number).description }

    static let sql = """
        insert into sellers.sellers (id, slug, business_name, status, state_code, rating_count, rating_sum) values
          (1, 'one', 'Seller One', 'active', 'KA', 10, 45), (2, 'two', 'Seller Two', 'active', null, 0, 0),
          (3, 'three', 'Seller Three', 'suspended', 'MH', 0, 0);
        insert into catalog.categories (id, parent_id, slug, name, position, path, ancestor_ids) values
          (1, null, 'a', 'A', 0, '{a}', '{1}'), (2, 1, 'b', 'B "quoted"', 1, '{a,b}', '{1,2}'),
          (3, 2, 'c', 'C', 0, '{a,b,c}', '{1,2,3}'), (4, 1, 'd', 'D', 0, '{a,d}', '{1,4}'),
          (5, null, 'e', 'E', 1, '{e}', '{5}');
        insert into catalog.products (id, seller_id, category_id, slug, title, status, moderation, hsn_code, gst_rate_bps,
                                      rating_count, rating_sum, sold_count, created_at, badges, attributes)
        select g, case when g > 60 and g < 62 then 3 else 1 + g % 2 end, 2 + g % 3, 'product-' || g, 'Product ' || g,
               case when g = 62 then 'draft' else 'active' end, 'approved', '6109', 1800, g % 4, (g % 4) * 4, g % 5,
               timestamptz '2025-06-01' + make_interval(days => g / 7), '{new}', '{"colour": "red"}'
          from generate_series(1, 63) g;
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor, compare_at_minor, is_default, position,
                                      options, tiers, min_quantity, max_quantity, step, status, weight_g)
        select g * 10 + v, g, case when g = 61 then 3 else 1 + g % 2 end, 'S-' || g || '-' || v,
               10000 + (g % 6) * 100 + v * 50, case when g % 2 = 0 and v = 0 then 20000 end, v = 0, v,
               jsonb_build_object('size', v), case when v = 1
                 then '[{"min_quantity": 10, "price_minor": 9000}, {"min_quantity": 50, "price_minor": 8000}]'::jsonb
                 else '[]' end,
               case when v = 1 then 2 else 1 end, case when v = 1 then 100 end, case when v = 1 then 2 else 1 end,
               case when g = 63 then 'archived' else 'active' end, 250
          from generate_series(1, 63) g, generate_series(0, 1) v;
        update inventory.stock set on_hand = case variant_id % 10 when 0 then variant_id / 10 % 20 else 0 end,
               version = version + 1;
        """
}

// SPDX-License-Identifier: Apache-2.0
import Catalog
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import HTTP

/// An answer of a route, taken apart.
struct Answer: Sendable {
    let status: Int
    let headers: [HTTPHeader]
    let body: [UInt8]
    let json: JSONValue?

    /// The problem's code, when it is one.
    var code: String? { json?["code"]?.string }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The ids of a page's items.
    var ids: [String] { json?["data"]?.elements?.compactMap { $0["id"]?.string } ?? [] }
}

/// The catalogue's routes over a database with a small, known catalogue, on a loop of its own.
struct CatalogFixture: Sendable {
    let database: TestDatabase
    let loop: EventLoop
    let pool: PostgresPool
    let routes: [Route]

    var store: CatalogStore { CatalogStore(client: pool.reads) }

    /// Runs `body` outside the loop and ends everything afterwards.
    static func with(_ body: @escaping @Sendable (CatalogFixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(CatalogRows.sql)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let pool = PostgresPool(
                configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
            let secret = try #require(SecretKey([UInt8](repeating: 1, count: 32)))
            let routes = catalogRoutes(
                store: CatalogStore(client: pool.reads), executor: loop, clock: loop,
                cursors: CursorCodec(secret: secret))
            let fixture = CatalogFixture(database: database, loop: loop, pool: pool, routes: routes)
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

    /// Asks a route on the loop, as a connection does; a thrown problem becomes the answer that it stands for.
    func get(_ target: String, headers: [String] = []) async throws -> Answer {
        let path = String(target.prefix { $0 != "?" })
        let route = try #require(routes.first { $0.path == path })
        let request = try Self.request(route, target, headers)
        return try await loop.run {
            let response: HTTPResponse
            do {
                guard case .task(let handler) = route.answer else { throw Problem(.internalError) }
                response = try await handler(request)
            } catch let problem as Problem {
                response = problem.response(requestID: request.requestID)
            }
            let json = response.body.isEmpty ? nil : try JSONDocument(parsing: response.body).root
            return Answer(status: response.status.code, headers: response.headers, body: response.body, json: json)
        }
    }

    private struct Unparsable: Error {}

    private static func request(_ route: Route, _ target: String, _ headers: [String]) throws -> RequestContext {
        let lines = ["GET \(target) HTTP/1.1", "Host: test"] + headers
        let text = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var parser = RequestParser(limits: ParserLimits())
        let head = try text.withUnsafeBufferPointer { input in
            var consumed = 0
            guard case .head = parser.next(input, &consumed) else { throw Unparsable() }
            return parser.takeHead()
        }
        return RequestContext(
            head: head, mounted: MountedRoute(route), method: .get,
            query: try head.queryRange.map { try QueryItems(decoding: head.bytes[$0]) } ?? QueryItems(),
            parameters: [:],
            body: [], requestID: RequestID(milliseconds: 0, random: (1, 2)),
            origin: RequestOrigin(peer: Peer(address: "192.0.2.1", port: 1), isTrustedProxy: { _ in false }))
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

// SPDX-License-Identifier: Apache-2.0
import Accounts
import Actors
import Catalog
import Foundation
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Orders
import Postgres
import Reviews
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// The endpoints of Reviews over a real database of their own, called without a server.
///
/// Buyers 2001…2009 with a delivered line each, 3001…3009, of product 41, which seller 5 sells; buyer 2001 has a second one, 3101,
/// that is still on its way. User 2100 owns the seller, user 2101 another one, user 2200 is an admin.
final class ReviewsFixture: Sendable {
    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    /// A clock that can be put forward, so that nothing is waited for.
    final class Clock: WallClock {
        private let ahead = Mutex<Duration>(.zero)

        func now() -> Timestamp { SystemClock().now() + ahead.withLock { $0 } }
        func advance(by duration: Duration) { ahead.withLock { $0 += duration } }
    }

    static let product = ProductID(rawValue: 41)
    static let seller = SellerID(rawValue: 5)

    let database: TestDatabase
    /// Where files are kept.
    let directory: URL
    let pool: PostgresPool
    let clock = Clock()
    /// Products whose copies were changed.
    let told = Mutex<[ProductID]>([])
    let toldSellers = Mutex<[SellerID]>([])
    private let tokens: AccessTokens
    private let routes: Mutex<InProcessRoutes>
    private let remake: Mutex<(@Sendable () throws -> InProcessRoutes)?>

    private init(_ database: TestDatabase, _ loop: EventLoop, _ directory: URL) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        let secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        let tokens = await AccessTokens(secret: secret)
        let states = UserStates(loop: loop) { sessions in
            Dictionary(
                uniqueKeysWithValues: sessions.map { session in
                    let roles: Roles =
                        switch session.user.rawValue {
                        case 2100..<2200: [.customer, .seller]
                        case 2200...: [.admin]
                        default: .customer
                        }
                    return (
                        session,
                        UserState(
                            roles: roles, permissions: roles == .admin ? .all : [], status: .active,
                            isSessionOpen: true)
                    )
                })
        }
        let clock = clock
        let files = FileStore(directory: directory.path, keys: PrivateFileKeys(secret))
        let images = ImageProcessor(loop: loop)
        let make: @Sendable () throws -> InProcessRoutes = {
            // Every process has a worker number of its own, or ids would repeat.
            let ids = try #require(IDGenerator(worker: Int.random(in: 1...1000), clock: SystemClock()))
            let keys = IdempotencyDirectory(
                executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
                hints: NoHints(), journal: KeyStore { pool }, logger: logger)
            let calls = IdempotentCalls(keys: keys, waits: KeyWaits(clock: loop)) { ids.nextRawValue() }
            let orders = OrderStore(postgres: { pool }, writer: { pool })
            let dependencies = ReviewsDependencies(
                pool: pool, gate: Gate(tokens: tokens, states: states, logger: logger),
                transactions: KeyedTransactions(
                    pool: pool, calls: calls, waits: KeyWaits(clock: loop), secrets: SecretAnswers(secret: secret)),
                ids: ids, cursors: CursorCodec(secret: secret), clock: clock,
                ports: ReviewPorts(
                    line: { line, user in
                        try await orders.deliveredLine(line, of: user).map {
                            ReviewedLine(product: $0.product, seller: $0.seller, isDelivered: $0.isDelivered)
                        }
                    }, hasDelivery: { try await orders.hasDelivery($0) }, names: accountsNames(pool: pool),
                    seller: { [2100: SellerID(rawValue: 5), 2101: SellerID(rawValue: 6)][$0.rawValue] }),
                files: files, images: images)
            return InProcessRoutes(reviewRoutes(dependencies), middleware: [ErrorAnswers.middleware])
        }
        self.database = database
        self.directory = directory
        self.pool = pool
        self.tokens = tokens
        routes = Mutex(try make())
        remake = Mutex(make)
    }

    /// Forgets everything that is not in the database, as a process does that begins.
    func forgetMemory() throws {
        if let made = try remake.withLock({ $0 })?() { routes.withLock { $0 = made } }
    }

    /// Endpoints of another process over the same database.
    func otherProcess() throws -> InProcessRoutes {
        let make = try #require(remake.withLock { $0 })
        return try make()
    }

    private static let rows = """
        insert into accounts.users (id, email, email_folded, password_hash, full_name)
        select g, 'u' || g || '@example.org', 'u' || g || '@example.org', 'x', 'Asha Rao ' || g
          from generate_series(2001, 2009) g union all
        select g, 'u' || g || '@example.org', 'u' || g || '@example.org', 'x', 'Bela' from unnest(array[2100, 2101, 2200]) g;
        insert into sellers.sellers (id, slug, business_name, status) values (5, 'five', 'Five', 'active'), (6, 'six', 'Six', 'active');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'a', 'A', '{a}', '{1}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps) values
          (41, 5, 1, 'rug', 'Rug', 'approved', '6109', 1800), (42, 5, 1, 'lamp', 'Lamp', 'approved', '6109', 1800);
        insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor, shipping_minor,
          tax_minor, total_minor, payment_method, reserved_until, shipping_address, billing_address, request_hash, key_digest, key_retention_s)
        select n, user_id, n, 1, 'processing', 'INR', 1000, 0, 0, 0, 1000, 'razorpay', now(), '{}', '{}',
               sha256('a'), sha256(n::text::bytea), 60
          from (select 2000 + g n, 2000 + g user_id from generate_series(1, 9) g union all select 2101, 2001) x;
        insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor)
        select id, id, 5, case when id = 2101 then 'shipped' else 'delivered' end, 1000, 0, 0, 0, 1000 from orders.orders;
        insert into orders.order_lines (order_id, line_no, id, seller_order_id, product_id, variant_id, seller_id, sku, title, options, quantity,
          unit_price_minor, discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor, total_minor, hsn_code)
        select id, 1, id + 1000, id, 41, 410, 5, 'S', 'Rug', '{}', 1, 1000, 0, 1000, 0, 0, 0, 0, 1000, '6109' from orders.orders;
        """

    // MARK: Calls

    func token(_ user: Int64, audience: Audience = .all) async throws -> String {
        try await tokens.issue(
            user: UserID(rawValue: user), session: SessionID(rawValue: user + 1), audience: audience)
    }

    /// Calls an endpoint as a user; nil is nobody.
    func call(
        _ method: String, _ target: String, _ body: String? = nil, as user: Int64? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = [], at other: InProcessRoutes? = nil
    ) async throws -> TestClient.Answer {
        let token: String? = if let user { try await token(user) } else { nil }
        let routes = other ?? routes.withLock { $0 }
        return await routes.send(method, target, body, token: token, key: key, headers: headers)
    }

    /// Sends a file for a review.
    func upload(
        _ file: [UInt8], line: Int64? = nil, more: [String] = [], as user: Int64? = 2001, key: String? = nil
    ) async throws -> TestClient.Answer {
        var body: [UInt8] = []
        for name in more {
            body += Array("--x\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\nx\r\n".utf8)
        }
        if let line {
            body += Array(
                "--x\r\nContent-Disposition: form-data; name=\"order_line_id\"\r\n\r\n\(Self.line(line))\r\n".utf8)
        }
        body += Array("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".utf8) + file
        body += Array("\r\n--x--\r\n".utf8)
        let token: String? = if let user { try await token(user) } else { nil }
        let routes = routes.withLock { $0 }
        return await routes.send(
            "POST", "/api/reviews/upload-media/", octets: body, token: token, key: key,
            headers: [("Content-Type", "multipart/form-data; boundary=x")])
    }

    /// Names of the files that are kept, those that are still written with them.
    func kept() -> [String] {
        let all = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.contains(".") }.map { String($0.split(separator: "/").last ?? "") }.sorted()
    }

    static func line(_ number: Int64) -> String { OrderLineID(rawValue: number).description }

    /// Reviews the delivered line of a buyer.
    func create(
        _ buyer: Int64 = 2001, rating: Int = 5, extra: String = "", key: String? = nil, at other: InProcessRoutes? = nil
    ) async throws -> TestClient.Answer {
        try await call(
            "POST", "/api/reviews/create/",
            #"{"order_line_id":"\#(Self.line(buyer + 1000))","rating":\#(rating)\#(extra)}"#, as: buyer, key: key,
            at: other)
    }

    /// The id of a new review.
    func created(_ buyer: Int64 = 2001, rating: Int = 5, extra: String = "") async throws -> String {
        let answer = try await create(buyer, rating: rating, extra: extra)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(try answer.json["id"]?.string)
    }

    /// What breaks an invariant now.
    func brokenInvariants() async throws -> [String] {
        try await pool.query("select name from reviews.invariants_v1() where not ok").map { try $0.string(0) }
    }

    /// The only column of the only row, as text.
    func text(_ sql: PostgresSQL) async throws -> String {
        try await pool.query(sql).only().string(0)
    }

    /// Works off every job that reviews owe, as the process's runner does.
    func workOff() async throws -> Int {
        let news = RatingNews(
            pool: pool,
            copies: RatingCopies(
                product: { try await CatalogStore.setRating(of: $0, count: $1, sum: $2, in: $3) },
                seller: { seller, count, sum, transaction in
                    try await transaction.execute(
                        "update sellers.sellers set rating_count = $2, rating_sum = $3 where id = $1", seller.rawValue,
                        count, sum)
                }, changed: { [unowned self] product in told.withLock { $0.append(product) } },
                sellerChanged: { [unowned self] seller in toldSellers.withLock { $0.append(seller) } }))
        let runner = JobRunner(
            executor: pool.executor, store: JobStore(postgres: pool),
            handlers: [
                RatingNews.kind: { try await news.hand(on: $0) },
                ReviewMediaExpiry.kind: { [pool] in try await ReviewMediaExpiry(pool: pool).end($0) },
            ],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await runner.run()
    }

    /// Gives the body a fixture on a loop and a database of its own.
    static func with(_ body: @escaping @Sendable (ReviewsFixture) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "mve-reviews-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await TestDatabase.with { database in
            _ = try await database.sql(rows)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await ReviewsFixture(database, loop, directory)
                    let inner: Result<Void, any Error>
                    do {
                        try await body(fixture)
                        let broken = try await fixture.brokenInvariants()
                        #expect(broken == [])
                        inner = .success(())
                    } catch {
                        inner = .failure(error)
                    }
                    await fixture.pool.close()
                    try inner.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }
}

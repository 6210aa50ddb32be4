// SPDX-License-Identifier: Apache-2.0
import Actors
import Carts
import Catalog
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import Orders

/// The endpoints of Orders over a real database of their own, called without a server.
///
/// Two products, 41 (a rug of seller 11, with a picture) and 42 (a lamp of seller 12), and two customers.
final class OrdersFixture: Sendable {
    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    /// Counts the statements that go through it, and keeps the last one.
    final class Counter: PostgresClient {
        let pool: PostgresPool
        let calls = Mutex<[PostgresCall]>([])

        init(_ pool: PostgresPool) {
            self.pool = pool
        }

        func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
            calls.withLock { $0.append(call) }
            return try await pool.run(call)
        }
    }

    /// A customer.
    struct Buyer: Sendable {
        let user: UserID
        let token: String
    }

    static let rug = VariantID(rawValue: 41)
    static let lamp = VariantID(rawValue: 42)
    /// The one address of Asha's book: in Mumbai.
    static let bookAddress = (
        id: AddressID(rawValue: 900), user: UserID(rawValue: 70),
        postal: PostalAddress(
            name: "Asha Rao", phone: "+919812345678", line1: "2 Marine Drive", line2: nil, city: "Mumbai", state: "MH",
            postalCode: "400001", gstin: nil)
    )

    let pool: PostgresPool
    let counter: Counter
    let carts: CartDirectory
    let sweeper: ReservationSweeper
    let watch: OrderWatch
    let asha: Buyer
    let bela: Buyer
    let loop: EventLoop
    let timers: SellerOrderTimers
    /// A member of seller 11, and one of seller 12.
    let loom: Buyer
    let lux: Buyer
    /// An admin who may do everything with orders, and one who may only read them.
    let admin: Buyer
    /// Has the role of a seller and belongs to none.
    let idle: Buyer
    let reader: Buyer
    /// An admin who may do nothing with orders.
    let clerk: Buyer
    /// What the port for flags answers.
    let marked = Marked()
    /// What the payments' port answers.
    let payments: Payments
    /// What is done while an answer is being read.
    let reading: Reading
    /// The commission rules that orders freeze.
    let commissions: Commissions
    /// What other processes were told.
    let news: News
    let inventory: InventoryDirectory
    let routes: InProcessRoutes
    private let ids: IDGenerator

    final class Reading: Sendable {
        let then = Mutex<(@Sendable () async throws -> Void)?>(nil)
    }

    final class Payments: Sendable {
        let all = Mutex<[OrderID: [[UInt8]]]>([:])
    }

    final class Marked: Sendable {
        let all = Mutex<[OrderFlag: [OrderID]]>([:])

        func withLock<Result>(_ body: (inout [OrderFlag: [OrderID]]) -> Result) -> Result {
            all.withLock { body(&$0) }
        }
    }

    /// What each person may do.
    private static func rights(of user: UserID) -> (Roles, Permissions) {
        switch user.rawValue {
        case 110, 120: ([.customer, .seller], [])
        case 130: ([.admin], [.ordersRead, .ordersWrite])
        case 140: ([.admin], .ordersRead)
        case 150: ([.customer, .seller], [])
        case 160: ([.admin], .usersRead)
        default: (.customer, [])
        }
    }

    private static func seller(of user: UserID) -> SellerID? {
        switch user.rawValue {
        case 110, 120: SellerID(rawValue: user.rawValue / 10)
        default: nil
        }
    }

    final class Commissions: Sendable {
        let rules = Mutex(CommissionRules.none)
    }

    /// Writes down what would have been told.
    final class News: ChangeNews {
        let told = Mutex<[VariantID]>([])

        func announce(_ change: SharedChange) async {
            guard case .stock(let variants?) = change else {
                Issue.record("news of other rows than were asked for: \(change)")
                return
            }
            told.withLock { $0 += variants }
        }
    }

    private static func states(_ loop: EventLoop) -> UserStates {
        UserStates(loop: loop) { sessions in
            Dictionary(
                uniqueKeysWithValues: sessions.map { session in
                    let (roles, permissions) = Self.rights(of: session.user)
                    return (
                        session,
                        UserState(roles: roles, permissions: permissions, status: .active, isSessionOpen: true)
                    )
                })
        }
    }

    private static func ports(
        _ priced: CompanyOffers, _ offers: OfferCache, _ catalog: CatalogStore, _ payments: Payments,
        _ commissions: Commissions, _ marked: Marked, _ reading: Reading, _ pool: PostgresPool
    ) -> OrderPorts {
        OrderPorts(
            offers: { try await priced.offers($0, for: $1) }, invalidateOffers: { await offers.invalidate($0) },
            labels: { sellers, products, client in
                try await reading.then.withLock { $0 }?()
                let store = client.map { CatalogStore(client: $0) } ?? catalog
                let labels = try await store.labels(sellers: sellers, products: products)
                return OrderLabels(sellerNames: labels.sellerNames, thumbnails: labels.thumbnails)
            }, payments: { _, _ in payments.all.withLock { $0 } },
            commissions: { commissions.rules.withLock { $0 } },
            address: { OrdersFixture.inBook($0, of: $1) }, sellerOf: { OrdersFixture.seller(of: $0) },
            flagged: { flag in marked.withLock { $0[flag] ?? [] } },
            dossier: { order, _ in
                let object = Array(#"{"of":"\#(order)"}"#.utf8)
                return OrderDossier(
                    inboxEvents: [object], refunds: [object], ledgerEntries: [object], reservations: [object],
                    audit: [object])
            },
            ledgerEntries: { order, seller in
                [Array(#"{"of":"\#(order)","seller":"\#(seller.map { "\($0)" } ?? "all")"}"#.utf8)]
            },
            isMember: { company, user in
                try await pool.first(
                    "select 1 from companies.members where company_id = $1 and user_id = $2", company.rawValue,
                    user.rawValue) != nil
            },
            payouts: { order, client in
                let rows = try await (client ?? pool).query(
                    "select seller_order_id from ledger.shares where order_id = $1 and earned_at is not null",
                    order.rawValue)
                return Dictionary(
                    uniqueKeysWithValues: try rows.map {
                        (
                            SellerOrderID(rawValue: try $0.int64(0)),
                            SellerPayout(earned: 11_800, commission: 1180, taxWithheld: 118)
                        )
                    })
            })
    }

    private init(_ database: TestDatabase, _ loop: EventLoop, _ limits: OrderWatch.Limits) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        let counter = Counter(pool)
        let secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        let tokens = await AccessTokens(secret: secret)
        let states = Self.states(loop)
        let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: KeyStore { pool }, logger: logger)
        let store = OrderStore(postgres: { counter }, writer: { pool })
        let inventory = InventoryDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: InventoryLimits(), journal: StockStore(client: pool))
        let carts = CartDirectory(
            executors: [loop], clocks: [loop], limits: CartLimits(),
            journal: CartStore(postgres: { pool }, writer: { pool }), logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) }, newID: { ids.next() })
        let catalog = CatalogStore(client: counter)
        let offers = OfferCache(executor: loop, clock: loop, logger: logger, store: CatalogStore(client: pool))
        let priced = CompanyOffers(everybody: offers, store: CatalogStore(client: pool))
        let (payments, commissions, marked, reading) = (Payments(), Commissions(), marked, Reading())
        let watch = OrderWatch(executor: loop, clock: loop, store: store, limits: limits, logger: logger)
        let calls = IdempotentCalls(keys: keys, waits: KeyWaits(clock: loop)) { ids.nextRawValue() }
        let news = News()
        let dependencies = OrdersDependencies(
            gate: Gate(tokens: tokens, states: states, logger: logger),
            calls: calls,
            transactions: KeyedTransactions(
                pool: pool, calls: calls, waits: KeyWaits(clock: loop), secrets: SecretAnswers(secret: secret)),
            carts: carts,
            orders: OrderActor(
                executor: loop, clock: loop, limits: OrderLimits(), inventory: inventory, journal: store,
                logger: logger, random: { UInt64.random(in: 0...UInt64.max) }),
            inventory: inventory, store: store,
            ports: Self.ports(priced, offers, catalog, payments, commissions, marked, reading, pool),
            ids: ids, clock: SystemClock(), monotonic: { loop.now }, reservationTTL: .seconds(900),
            returnWindowDays: 7, cash: CashOnDelivery(maximum: 5_000_000, exceptions: ["AN", "795"]),
            cursors: CursorCodec(secret: secret), watch: watch, news: news)
        self.pool = pool
        self.counter = counter
        self.carts = carts
        self.watch = watch
        self.loop = loop
        self.ids = ids
        (self.payments, self.commissions, self.reading) = (payments, commissions, reading)
        self.news = news
        self.inventory = inventory
        sweeper = ReservationSweeper(executor: loop, store: store, inventory: inventory, logger: logger) {
            await watch.changed($0)
        }
        func buyer(_ number: Int64) async throws -> Buyer {
            let user = UserID(rawValue: number)
            return Buyer(
                user: user,
                token: try await tokens.issue(user: user, session: SessionID(rawValue: number + 1), audience: .all))
        }
        asha = try await buyer(70)
        bela = try await buyer(80)
        loom = try await buyer(110)
        lux = try await buyer(120)
        admin = try await buyer(130)
        reader = try await buyer(140)
        idle = try await buyer(150)
        clerk = try await buyer(160)
        timers = SellerOrderTimers(
            executor: loop, clock: loop, store: store, inventory: inventory, ids: ids, news: news, logger: logger
        ) { await watch.changed($0) }
        routes = InProcessRoutes(orderRoutes(dependencies), middleware: [ErrorAnswers.middleware])
    }

    private static let catalogue = """
        insert into sellers.sellers (id, slug, business_name, status, state_code)
        values (11, 'loom', 'Loom', 'active', 'KA'), (12, 'lux', 'Lux', 'active', 'MH');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (21, 'home', 'Home', '{home}', '{21}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps, images)
        values (31, 11, 21, 'rug', 'Rug', 'approved', '5702', 1800, '[{"url":"https://img.example/rug.webp"}]'),
               (32, 12, 21, 'lamp', 'Lamp', 'approved', '9405', 1800, '[]');
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
        values (41, 31, 11, 'RUG-1', 11800), (42, 32, 12, 'LAMP-1', 5900);
        update inventory.stock set on_hand = 1000;
        """

    // MARK: Requests

    func get(
        _ path: String, _ buyer: Buyer? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        await routes.send("GET", "/api/orders/\(path)", token: (buyer ?? asha).token, headers: headers)
    }

    func release(_ id: String, _ buyer: Buyer? = nil, key: String? = nil) async throws -> TestClient.Answer {
        await routes.send(
            "POST", "/api/orders/release/", #"{"id":"\#(id)"}"#, token: (buyer ?? asha).token, key: key)
    }

    func create(_ body: String, _ buyer: Buyer? = nil, key: String? = nil) async throws -> TestClient.Answer {
        await routes.send("POST", "/api/orders/create/", body, token: (buyer ?? asha).token, key: key)
    }

    /// The body of an order; `address` and `extra` are put into it as they are.
    static func body(
        version: Int64, total: Int64, address: [String: String] = [:], extra: String = ""
    ) -> String {
        var fields = [
            "name": "Asha Rao", "phone": "+919812345678", "line1": "1 MG Road", "city": "Bengaluru",
            "state_code": "KA", "postal_code": "560001",
        ]
        fields.merge(address) { $1 }
        let members = fields.sorted { $0.key < $1.key }.map { #""\#($0.key)":"\#($0.value)""# }
        return """
            {"cart_version":\(version),"expected_total":{"amount":\(total),"currency":"INR"},\
            "payment_method":"razorpay","shipping_address":{\(members.joined(separator: ","))}\(extra)}
            """
    }

    /// What is in Asha's book.
    private static func inBook(_ id: AddressID, of user: UserID) -> PostalAddress? {
        id == bookAddress.id && user == bookAddress.user ? bookAddress.postal : nil
    }

    /// A body that names addresses of a book.
    static func body(version: Int64, total: Int64, shippingID: String, extra: String = "") -> String {
        """
        {"cart_version":\(version),"expected_total":{"amount":\(total),"currency":"INR"},\
        "payment_method":"razorpay","shipping_address_id":"\(shippingID)"\(extra)}
        """
    }

    /// Puts lines into a buyer's cart and returns its version.
    func fill(
        _ lines: [(variant: VariantID, quantity: Int)], _ buyer: Buyer? = nil
    ) async throws -> Int64 {
        let ids = ids
        return try await carts.withCart(of: .user((buyer ?? asha).user)) { cart in
            _ = try await cart.change(now: loop.now) { state in
                var next = state
                next.version += 1
                next.lines = lines.map {
                    CartState.Line(
                        id: ids.next(), variant: $0.variant, quantity: $0.quantity, note: nil, unitPriceSeen: 1)
                }
                return CartActor.Change(state: next, value: 0)
            }
            return try await cart.read(now: loop.now).version
        }
    }

    /// Places an order of rugs and lamps and returns its id.
    @discardableResult
    func order(rugs: Int = 1, lamps: Int = 0, _ buyer: Buyer? = nil) async throws -> String {
        let lines = [(Self.rug, rugs), (Self.lamp, lamps)].filter { $0.1 > 0 }
        let version = try await fill(lines, buyer)
        let total = Int64(rugs) * 11_800 + Int64(lamps) * 5900
        let created = try await create(Self.body(version: version, total: total), buyer)
        #expect(created.status == 201)
        return try #require(try created.json["id"]?.string)
    }

    /// Gives the body a fixture on a loop and a database of its own.
    static func with(
        limits: OrderWatch.Limits = OrderWatch.Limits(),
        _ body: @escaping @Sendable (OrdersFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(catalogue)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await OrdersFixture(database, loop, limits)
                    let outcome: Result<Void, any Error>
                    do {
                        outcome = .success(try await body(fixture))
                    } catch {
                        outcome = .failure(error)
                    }
                    await fixture.watch.end()
                    await fixture.pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
            let broken = try await database.sql("select name from platform.invariants_v4() where not ok")
            #expect(broken.split(whereSeparator: \.isWhitespace).isEmpty, "\(broken)")
        }
    }
}

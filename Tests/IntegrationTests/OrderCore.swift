// SPDX-License-Identifier: Apache-2.0
import Actors
import Carts
import Catalog
import Logging
import MarketCore
import Orders
import Postgres
import TestSupport
import UVRuntime

/// One process's order core on a loop of its own, over a real database: what the server wires, without HTTP.
struct OrderCore: Sendable {
    let group: EventLoopGroup
    let loop: EventLoop
    let pool: PostgresPool
    let inventory: InventoryDirectory
    let orders: OrderActor
    let store: OrderStore
    let carts: CartDirectory
    let ids: IDGenerator

    init(_ database: TestDatabase, worker: Int, limits: InventoryLimits = InventoryLimits()) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        guard let ids = IDGenerator(worker: worker, clock: SystemClock()) else { throw JournalError.fault("worker") }
        let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
        let logger = Logger(label: "test")
        let store = OrderStore(postgres: { pool }, writer: { pool })
        let inventory = InventoryDirectory(
            executor: loop, clock: loop, shardCount: 4, limits: limits,
            journal: StockStore(client: pool))
        orders = OrderActor(
            executor: loop, clock: loop, limits: OrderLimits(), inventory: inventory, journal: store, logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) })
        carts = CartDirectory(
            executors: [loop], clocks: [loop], limits: CartLimits(),
            journal: CartStore(postgres: { pool }, writer: { pool }), logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) }, newID: { ids.next() })
        self.group = group
        self.loop = loop
        self.pool = pool
        self.inventory = inventory
        self.store = store
        self.ids = ids
    }

    /// Another line of a variant that nobody else has.
    func addLine(to cart: CartActor) async throws {
        let ids = ids
        _ = try await cart.change(now: loop.now) { state in
            var next = state
            next.version += 1
            next.lines.append(
                CartState.Line(id: ids.next(), variant: ids.next(), quantity: 1, note: nil, unitPriceSeen: 1))
            return CartActor.Change(state: next, value: 0)
        }
    }

    /// Runs a body with `count` processes over one fresh database with one product of `stock` units, and ends them.
    static func with(
        processes count: Int, stock: Int, limits: InventoryLimits = InventoryLimits(),
        _ body: @Sendable ([OrderCore], TestDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Fixture.catalogue(stock: stock))
            var cores: [OrderCore] = []
            for worker in 0..<count { cores.append(try await OrderCore(database, worker: worker + 1, limits: limits)) }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(cores, database))
            } catch {
                outcome = .failure(error)
            }
            for core in cores {
                let pool = core.pool
                try await core.loop.run { await pool.close() }
                await core.group.shutdown()
            }
            try outcome.get()
        }
    }
}

/// Rows and records that the tests start from.
enum Fixture {
    static let seller: SellerID = ID(rawValue: 11)
    static let product: ProductID = ID(rawValue: 31)
    static let variant: VariantID = ID(rawValue: 41)
    static let price: Int64 = 11_800

    static func catalogue(stock: Int) -> String {
        """
        insert into sellers.sellers (id, slug, business_name, status, state_code) values (11, 'loom', 'Loom', 'active', 'KA');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (21, 'home', 'Home', '{home}', '{21}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
        values (31, 11, 21, 'rug', 'Rug', 'approved', '5702', 1800);
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor) values (41, 31, 11, 'RUG-1', \(price));
        update inventory.stock set on_hand = \(stock) where variant_id = 41;
        """
    }

    /// Carts 1000+n of users 2000+n, at version 1.
    static func carts(_ count: Int) -> String {
        """
        insert into carts.carts (id, user_id) select 1000 + n, 2000 + n from generate_series(0, \(count - 1)) n;
        insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
        select 1000 + n, 5000 + n, 41, 1, \(price) from generate_series(0, \(count - 1)) n;
        """
    }

    /// An order of one unit from cart 1000+n; `key` names its idempotency key.
    static func order(_ number: Int, key: Int, ids: IDGenerator) -> PlaceOrder {
        let tax = GSTSplit(inclusiveTotal: price, rate: BasisPoints(1800) ?? .zero, supply: .intraState)
        let until = SystemClock().now() + .seconds(900)
        let record = OrderRecord(
            id: ids.next(), user: ID(rawValue: Int64(2000 + number)), cart: ID(rawValue: Int64(1000 + number)),
            cartVersion: 1, currency: .inr, subtotal: price, discount: 0, shipping: 0, tax: tax.tax, total: price,
            paymentMethod: "razorpay", shippingAddress: Array("{}".utf8), billingAddress: Array("{}".utf8),
            customerNote: nil, purchaseOrder: nil, reservationTTL: .seconds(900), reservedUntil: until,
            sellerOrders: [
                SellerOrderRecord(
                    id: ids.next(), seller: seller, subtotal: price, discount: 0, shipping: 0, tax: tax.tax,
                    total: price)
            ],
            lines: [
                OrderLineRecord(
                    id: ids.next(), sellerOrder: 0, product: product, variant: variant, sku: "RUG-1", title: "Rug",
                    options: Array("{}".utf8), quantity: 1, unitPrice: price, discount: 0,
                    taxRate: BasisPoints(1800) ?? .zero, tax: tax, total: price, hsnCode: "5702", offerVersion: 1)
            ])
        return PlaceOrder(
            claim: KeyClaim(
                digest: Hash32(words: (UInt64(key) &* 0x9E37_79B9_7F4A_7C15, 1, 2, UInt64(key))),
                fingerprint: Hash32(words: (7, 7, 7, UInt64(number))), retention: .seconds(3600), user: record.user),
            order: record
        ) { StoredAnswer(status: 201, fields: [], body: Array("{\"id\":\"\(record.id)\"}".utf8)) }
    }
}

/// Counts what came of many attempts.
struct Tally: Sendable, Equatable {
    var placed = 0
    var refused = 0
    var known = 0
    var other: [String] = []

    mutating func add(_ result: Result<OrderActor.Result, any Error>) {
        switch result {
        case .success(.placed): placed += 1
        case .success(.refused(let lines, _)) where lines.allSatisfy { $0.reason == .insufficientStock }: refused += 1
        case .success(.known): known += 1
        case .success(let result): other.append("\(result)")
        case .failure(let error): other.append("\(error)")
        }
    }
}

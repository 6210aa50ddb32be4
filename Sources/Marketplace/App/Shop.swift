// SPDX-License-Identifier: Apache-2.0
import Accounts
import Actors
import Carts
import Catalog
import Foundation
import HTTP
import HTTPClient
import LocalServices
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Orders
import Payments
import Postgres
import Redis
import UVRuntime

/// The shop put together: the actors on the first loop, and for every loop its connections and routes.
///
/// Everything that one context needs of another is bound here, and nowhere else.
final class Shop: Sendable {
    /// The routes of each loop, in the order of the loops.
    let routes: [[Route]]
    /// Around every route.
    let middleware: [Middleware] = [ErrorAnswers.middleware]
    private let parts: [LoopParts]
    private let core: OrderCore
    private let lease: WorkerLease
    private let readiness: Readiness
    /// Whom buyers pay, as the checkout shows it.
    static let shopName = "MVE"

    private init(
        routes: [[Route]], parts: [LoopParts], core: OrderCore, lease: WorkerLease, readiness: Readiness
    ) {
        self.routes = routes
        self.parts = parts
        self.core = core
        self.lease = lease
        self.readiness = readiness
    }

    /// What belongs to one loop.
    struct LoopParts: Sendable {
        let loop: EventLoop
        let pool: PostgresPool
        let writer: PostgresPool
        let redis: RedisClient
    }

    /// What the process has once, on its first loop.
    struct OrderCore: Sendable {
        let keys: IdempotencyDirectory
        let inventory: InventoryDirectory
        let orders: OrderActor
        let carts: CartDirectory
        let sweeper: ReservationSweeper
        let watch: OrderWatch
        let payments: PaymentCore
    }

    /// What deals with the provider, on the first loop as well.
    struct PaymentCore: Sendable {
        let account: RazorpayAccount
        let http: HTTPClient
        let actor: PaymentActor
        let news: PaymentNews
        let providerOrders: ProviderOrders
        let checks: PaymentChecks
    }

    static func open(
        _ configuration: AppConfiguration, over services: EmbeddedServices, account: RazorpayAccount,
        loops: [EventLoop], logger: Logger
    ) async throws -> Shop {
        let secret = try configuration.secretKey.load()
        var parts: [LoopParts] = []
        for loop in loops { parts.append(try await open(loop, services, logger)) }
        let first = parts[0]
        let lease = try await WorkerLease.take(first.pool, on: first.loop, logger: logger)
        let tokens = await AccessTokens(secret: secret)
        let database = try await first.loop.run { try await first.pool.serverFacts().databaseName }
        let core = try await first.loop.run {
            makeCore(configuration, first, account, lease.ids, database, logger)
        }
        let readiness = Readiness()
        var routes: [[Route]] = []
        for part in parts {
            routes.append(
                try await part.loop.run {
                    try makeRoutes(configuration, part, core, readiness, lease.ids, secret, tokens, logger)
                })
        }
        let shop = Shop(routes: routes, parts: parts, core: core, lease: lease, readiness: readiness)
        try await first.loop.run { shop.startTimers(on: first.loop) }
        return shop
    }

    private static func open(
        _ loop: EventLoop, _ services: EmbeddedServices, _ logger: Logger
    ) async throws -> LoopParts {
        guard let redis = RedisConfiguration(url: services.redisURL) else {
            throw ServiceFailure(.directoryUnusable, service: "redis", message: "REDIS_URL is no address")
        }
        return try await loop.run {
            let configuration = PostgresConfiguration(url: services.databaseURL, logger: logger)
            var writing = configuration
            writing.applicationName = "mve-writer"
            writing.limits.connections = 2
            let pool = PostgresPool(configuration: configuration, loop: loop)
            try await pool.warmUp()
            let client = RedisClient(loop: loop, configuration: redis, logger: logger)
            await client.start()
            return LoopParts(
                loop: loop, pool: pool, writer: PostgresPool(configuration: writing, loop: loop), redis: client)
        }
    }

    @Sendable
    private static func makeCore(
        _ configuration: AppConfiguration, _ part: LoopParts, _ account: RazorpayAccount, _ ids: IDGenerator,
        _ database: String, _ logger: Logger
    ) -> OrderCore {
        let (loop, pool, writer, redis) = (part.loop, part.pool, part.writer, part.redis)
        let counts = configuration.actors
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: counts.idempotencyShards, limits: IdempotencyLimits(),
            refusalsWaitingMax: counts.mailboxMax,
            hints: RedisAnswers(redis: { redis }, database: database),
            journal: KeyStore(pool: { pool }), logger: logger)
        let inventory = InventoryDirectory(
            executor: loop, clock: loop, shardCount: counts.inventoryShards, limits: InventoryLimits(),
            journal: StockStore(client: pool))
        let store = OrderStore(postgres: { pool }, writer: { writer })
        let orders = OrderActor(
            executor: loop, clock: loop, limits: OrderLimits(capacity: counts.mailboxMax, batch: counts.batchMax),
            inventory: inventory, journal: store, logger: logger, random: { UInt64.random(in: 0...UInt64.max) })
        let carts = CartDirectory(
            executors: Array(repeating: loop, count: counts.cartShards),
            clocks: Array(repeating: loop, count: counts.cartShards), limits: CartLimits(),
            journal: CartStore(postgres: { pool }), newID: { ids.next() })
        let watch = OrderWatch(executor: loop, clock: loop, store: store, logger: logger)
        return OrderCore(
            keys: keys, inventory: inventory, orders: orders, carts: carts,
            sweeper: ReservationSweeper(executor: loop, store: store, inventory: inventory, logger: logger) {
                await watch.changed($0)
            }, watch: watch, payments: makePayments(configuration, part, account, ids, watch, logger))
    }

    private static func makePayments(
        _ configuration: AppConfiguration, _ part: LoopParts, _ account: RazorpayAccount, _ ids: IDGenerator,
        _ watch: OrderWatch, _ logger: Logger
    ) -> PaymentCore {
        let (loop, pool, writer) = (part.loop, part.pool, part.writer)
        let counts = configuration.actors
        let store = PaymentStore(postgres: { pool }, writer: { writer })
        let http = HTTPClient(loop: loop)
        let client = RazorpayClient(account: account, http: http)
        let actor = PaymentActor(
            executor: loop, clock: loop, shardCount: counts.paymentShards,
            limits: PaymentLimits(capacity: counts.mailboxMax, batch: counts.batchMax), journal: store, logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) })
        let news = PaymentNews(
            payments: actor, client: client, ids: ids, orderChanged: { await watch.changed($0) }, logger: logger)
        let providerOrders = ProviderOrders(executor: loop, client: client, logger: logger)
        return PaymentCore(
            account: account, http: http, actor: actor, news: news, providerOrders: providerOrders,
            checks: PaymentChecks(
                executor: loop, clock: loop, store: store, news: news, providerOrders: providerOrders, logger: logger))
    }

    @Sendable
    private static func makeRoutes(
        _ configuration: AppConfiguration, _ part: LoopParts, _ core: OrderCore, _ readiness: Readiness,
        _ ids: IDGenerator, _ secret: SecretKey, _ tokens: AccessTokens, _ logger: Logger
    ) throws -> [Route] {
        let (loop, pool, writer) = (part.loop, part.pool, part.writer)
        let clock = SystemClock()
        let states = UserStates(executor: loop, load: accountsUserStates(pool: pool))
        let gate = Gate(tokens: tokens, states: states, logger: logger)
        let clients = ClientTokens(secret: secret)
        let principals = Principals(secret: secret, clients: clients)
        let calls = IdempotentCalls(keys: core.keys, newNumber: { ids.nextRawValue() })
        let catalog = CatalogStore(client: pool.reads)
        let offers = OfferCache(executor: loop, clock: loop, logger: logger, store: catalog)
        let carts = CartsDependencies(
            gate: gate, clients: clients, principals: principals, calls: calls, carts: core.carts,
            ports: CartPorts(offers: { try await offers.offers($0) }), ids: ids, clock: clock, monotonic: { loop.now })
        let merge = MergeCarts(carts)
        var accountsPorts = AccountsPorts.none
        accountsPorts.mergeCart = { try await merge.run($0, into: $1) }
        let accounts = AccountsDependencies(
            pool: pool, gate: gate, tokens: tokens, states: states, principals: principals, clients: clients,
            transactions: KeyedTransactions(
                pool: pool, calls: calls, journal: KeyStore(pool: { pool }), secrets: SecretAnswers(secret: secret)),
<<<<<<< HEAD
            hasher: try PasswordHasher(loop: loop), ids: ids, ports: .none, logger: logger)
        let carts = CartsDependencies(
            gate: gate, clients: clients, principals: principals, calls: calls, carts: core.carts,
            ports: CartPorts(offers: { try await offers.offers($0) }), ids: ids, clock: clock, monotonic: { loop.now })
        let paymentStore = PaymentStore(postgres: { pool.reads }, writer: { writer })
=======
            hasher: try PasswordHasher(loop: loop), ids: ids, ports: accountsPorts, logger: logger)
>>>>>>> 4aa7648da16d8cb8f4e436784e87520a82e7a28a
        let orders = OrdersDependencies(
            gate: gate, calls: calls, carts: core.carts, orders: core.orders,
            store: OrderStore(postgres: { pool }, writer: { writer }),
            ports: OrderPorts(
                offers: { try await offers.offers($0) }, invalidateOffers: { await offers.invalidate($0) },
                labels: { sellers, products in
                    let labels = try await catalog.labels(sellers: sellers, products: products)
                    return OrderLabels(sellerNames: labels.sellerNames, thumbnails: labels.thumbnails)
                }, payments: { try await paymentStore.summaries(of: $0) }), ids: ids, clock: clock,
            monotonic: { loop.now },
            reservationTTL: configuration.reservationTTL, cursors: CursorCodec(secret: secret), watch: core.watch)
        let orderStore = OrderStore(postgres: { pool }, writer: { writer })
        let buyer = accountsContact(pool: pool)
        let payments = PaymentsDependencies(
            gate: gate, calls: calls, phased: PhasedCalls(pool: pool, calls: calls),
            store: paymentStore, account: core.payments.account,
            providerOrders: core.payments.providerOrders, news: core.payments.news, checks: core.payments.checks,
            ports: PaymentPorts(
                order: { id, user in
                    try await orderStore.state(of: id, user: user).map {
                        PaidOrder(status: $0.status, paymentStatus: $0.paymentStatus)
                    }
                },
                buyer: { id in try await buyer(id).map { Buyer(name: $0.name, email: $0.email, phone: $0.phone) } }),
            ids: ids, clock: clock, shopName: shopName, logger: logger)
        return healthRoutes(pool: pool, redis: part.redis, readiness: readiness) + accountsRoutes(accounts)
            + catalogRoutes(store: catalog, executor: loop, clock: loop, cursors: CursorCodec(secret: secret))
            + cartRoutes(carts) + orderRoutes(orders) + paymentRoutes(payments)
    }

    private func startTimers(on loop: EventLoop) {
        let (core, lease) = (core, lease)
        _ = loop.schedule(every: .seconds(1)) { loop.spawn { await core.sweeper.sweep() } }
        _ = loop.schedule(every: .seconds(1)) { loop.spawn { await core.watch.look() } }
        _ = loop.schedule(every: .seconds(5)) { loop.spawn { await core.payments.checks.sweep() } }
        _ = loop.schedule(every: .seconds(60)) { loop.spawn { await core.carts.passivateIdle() } }
        _ = loop.schedule(every: WorkerLease.renewal) { loop.spawn { await lease.renew() } }
    }

    /// Loads the demo catalogue into a database that has no product yet; nil in production and where there is one.
    func seedWhereEmpty(isProduction: Bool) async throws -> SeedReport? {
        try await Seed.runWhereEmpty(pool: parts[0].pool, isProduction: isProduction)
    }

    /// From here on the server is not ready any more.
    func beginDraining() {
        readiness.beginDraining()
        let watch = core.watch
        parts[0].loop.spawn { await watch.end() }
    }

    /// Waits for what is queued, gives the worker id back and closes the connections.
    func close() async {
        let (core, lease) = (core, lease)
        try? await parts[0].loop.run {
            try await core.orders.shutDown()
            try await core.payments.actor.shutDown()
            try await core.keys.shutDown()
            await core.payments.http.close()
            await lease.release()
        }
        for part in parts {
            try? await part.loop.run {
                await part.redis.close()
                await part.writer.close()
                await part.pool.close()
            }
        }
    }
}

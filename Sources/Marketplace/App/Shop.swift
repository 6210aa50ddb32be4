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
import Notifications
import Orders
import Payments
import Postgres
import Redis
import Synchronization
import UVRuntime

/// The shop put together: the actors on the first loop, and for every loop its connections and routes.
///
/// Everything that one context needs of another is bound here, and nowhere else.
final class Shop: Sendable {
    /// The routes of each loop, in the order of the loops.
    let routes: [[Route]]
    /// Around every route of each loop.
    let middleware: [[Middleware]]
    private let parts: [LoopParts]
    private let core: OrderCore
    private let lease: WorkerLease
    private let readiness: Readiness
    private let feed: ChangeFeed
    private let mails: Mails
    private let events: EventDesk

    private init(
        routes: [[Route]], middleware: [[Middleware]], parts: [LoopParts], core: OrderCore, lease: WorkerLease,
        readiness: Readiness,
        feed: ChangeFeed, mails: Mails, events: EventDesk
    ) {
        self.routes = routes
        self.middleware = middleware
        self.parts = parts
        self.core = core
        self.lease = lease
        self.readiness = readiness
        self.feed = feed
        self.mails = mails
        self.events = events
    }

    /// What belongs to one loop.
    struct LoopParts: Sendable {
        let loop: EventLoop
        let pool: PostgresPool
        let writer: PostgresPool
        /// For the orders of variants whose rows others keep locked.
        let sideWriter: PostgresPool
        /// For the batches of payments: they run beside those of orders, not behind them.
        let paymentWriter: PostgresPool
        /// For the batches of carts: they would otherwise stand before those of orders and payments.
        let cartWriter: PostgresPool
        let redis: RedisClient
    }

    /// What the process has once, on its first loop.
    struct OrderCore: Sendable {
        let keys: IdempotencyDirectory
        let inventory: InventoryDirectory
        let orders: OrderActor
        let carts: CartDirectory
        let watch: OrderWatch
        let news: ChangeAnnouncer
        let upkeep: Upkeep
        let payments: PaymentCore
        let latencies: LatencyWindow
    }

    /// What deals with the provider, on the first loop as well.
    struct PaymentCore: Sendable {
        let account: RazorpayAccount
        let http: HTTPClient
        let client: RazorpayClient
        let reconciliations: ReconciliationJobs
        /// What works off the jobs that payments owe: all of them may call the provider.
        let jobs: [String: JobRunner.Handler]
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
        let tokens = await AccessTokens(secret: secret, previous: configuration.previousSecrets)
        ActorGauges(configuration.actors).record()
        let batch = configuration.actors.batchMax
        let database = try await first.loop.run { try await DatabaseFitness.check(first.pool, batchMax: batch) }
        let core = try await first.loop.run {
            OrderCore.make(configuration, first, account, lease.identity, database, secret, logger)
        }
        let pages = SwaggerUI.find()
        if pages == nil {
            logger.notice("no files of Swagger UI here: /docs/ is 404; scripts/setup brings them")
        }
        let readiness = Readiness()
        let seats = StreamSeats()
        var routes: [[Route]] = []
        var middleware: [[Middleware]] = []
        var memories: [SharedMemory.OfLoop] = []
        let limits = configuration.rateLimits.budgets.map { RateLimitMemory($0) }
        for (number, part) in parts.enumerated() {
            try await part.loop.run {
                LoopLag(executor: part.loop, number: number, now: part.loop.now).start(on: part.loop)
            }
            let limiter = limits.map {
                RateLimiter(
                    memory: $0, clock: part.loop,
                    shared: RedisRateLimits(redis: part.redis, installation: database), secret: secret,
                    tokens: tokens)
            }
            let (table, memory) = try await part.loop.run {
                try ShopRoutes(
                    configuration: configuration, part: part, core: core, readiness: readiness, seats: seats,
                    ids: lease.identity.ids,
                    secret: secret, tokens: tokens, limiter: limiter, pages: pages, logger: logger
                ).all()
            }
            routes.append(table)
            middleware.append(
                [ErrorAnswers.middleware, APIVersions.middleware] + (limiter.map { [$0.middleware] } ?? []))
            memories.append(memory)
        }
        let memory = SharedMemory(inventory: core.inventory, carts: core.carts, loops: memories)
        let feed = ChangeFeed(
            configuration: first.pool.configuration, loop: first.loop, own: lease.identity.worker,
            missed: { memory.missed() }, lost: { memory.lost() }, heard: { memory.heard($0) },
            changed: { memory.changed($0) })
        let shop = Shop(
            routes: routes, middleware: middleware, parts: parts, core: core, lease: lease, readiness: readiness,
            feed: feed, mails: Mails(configuration, first, secret: secret, logger: logger),
            events: EventDesk(
                first, lease.identity, subscribers: subscribers(core, lease.identity),
                ordersWait: { await core.orders.depth + core.payments.actor.depth > 0 }, logger: logger))
        try await first.loop.run {
            await core.news.tellHere { memory.changedHere($0) }
            await feed.start()
            shop.startTimers(on: first.loop)
        }
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
            writing.limits.connections = DatabaseFitness.writers
            // A lock of ours lasts milliseconds: who waits longer waits for a person or a stuck process.
            writing.lockTimeout = .seconds(1)
            var aside = writing
            aside.limits.connections = 1
            // Less than all others: what an order keeps while it waits for a stuck row is not taken for stuck as well.
            aside.lockTimeout = .milliseconds(200)
            var ordering = writing
            // Twice in a row where the batch behind wants the same row, and all orders wait meanwhile.
            ordering.lockTimeout = .milliseconds(400)
            let pool = PostgresPool(configuration: configuration, loop: loop)
            try await pool.warmUp()
            let client = RedisClient(loop: loop, configuration: redis, logger: logger)
            await client.start()
            return LoopParts(
                loop: loop, pool: pool, writer: PostgresPool(configuration: ordering, loop: loop),
                sideWriter: PostgresPool(configuration: aside, loop: loop),
                paymentWriter: PostgresPool(configuration: writing, loop: loop),
                cartWriter: PostgresPool(configuration: writing, loop: loop), redis: client)
        }
    }

    private func startTimers(on loop: EventLoop) {
        let (core, lease) = (core, lease)
        let mailboxes = MailboxGauges(
            executor: loop,
            sources: [
                .init(actor: "order") { await core.orders.depths },
                .init(actor: "payment") { await core.payments.actor.depths },
                .init(actor: "cart") { [await core.carts.depth] },
            ])
        _ = loop.schedule(every: MailboxGauges.pause) { loop.spawn { await mailboxes.record() } }
        _ = loop.schedule(every: LatencyWindow.pause) { loop.spawn { await core.latencies.remember() } }
        core.upkeep.start(on: loop)
        mails.start(on: loop)
        events.start(on: loop)
        _ = loop.schedule(every: .seconds(1)) { loop.spawn { await core.watch.look() } }
        _ = loop.schedule(every: .seconds(5)) { loop.spawn { await core.payments.checks.sweep() } }
        _ = loop.schedule(every: .seconds(5)) { loop.spawn { await core.payments.checks.match() } }
        _ = loop.schedule(every: .seconds(60)) { loop.spawn { await core.carts.passivateIdle() } }
        _ = loop.schedule(every: WorkerLease.renewal) { loop.spawn { await lease.renew() } }
    }

    /// Loads the demo catalogue into a database that has no product yet; nil in production and where there is one.
    func seedWhereEmpty(isProduction: Bool) async throws -> SeedReport? {
        try await Seed.runWhereEmpty(pool: parts[0].pool, isProduction: isProduction)
    }

    /// The demo accounts that can be logged in with; none in production.
    func demoLogins(isProduction: Bool) async throws -> [SeedAccount] {
        try await Seed.logins(pool: parts[0].pool, isProduction: isProduction)
    }

    /// Comes back with the end of a task, however it ends, and without it when the limit has passed.
    private static func end(of task: Task<Void, any Error>, within limit: Duration, on loop: EventLoop) async {
        let waiting = Waiting()
        // Only a loop that ends could throw here, and then nothing is waited for.
        try? await withLoopContinuation { continuation in
            waiting.continuation.withLock { $0 = continuation }
            _ = loop.schedule(after: limit) { waiting.resume() }
            loop.spawn {
                _ = await task.result
                waiting.resume()
            }
        }
    }

    /// Who waits for one of two, and goes on with the first.
    private final class Waiting: Sendable {
        let continuation = Mutex<LoopContinuation<Void>?>(nil)

        func resume() {
            continuation.withLock { $0.take() }?.resume()
        }
    }

    /// From here on the server is not ready any more.
    func beginDraining() {
        readiness.beginDraining()
        let watch = core.watch
        parts[0].loop.spawn { await watch.end() }
    }

    /// How long the end waits for what is queued. A batch whose reply was lost is sent again until it is answered, for ever
    /// where the database is gone: what became of it, its keys tell the next process.
    private static let closeLimit: Duration = .seconds(10)

    /// Waits for what is queued, gives the worker id back and closes the connections.
    func close() async {
        let (core, lease, feed, mails, events, loop) = (core, lease, feed, mails, events, parts[0].loop)
        try? await loop.run {
            await feed.stop()
            await mails.stop()
            await events.stop()
            await core.upkeep.stop()
            let queued = Task {
                try await core.carts.shutDown()
                try await core.orders.shutDown()
                try await core.payments.actor.shutDown()
                try await core.keys.shutDown()
            }
            await Self.end(of: queued, within: Self.closeLimit, on: loop)
            await core.payments.http.close()
            await lease.release()
        }
        for part in parts {
            try? await part.loop.run {
                await part.redis.close()
                // Together: each waits a while where the database hangs.
                async let writer: Void = part.writer.close()
                async let side: Void = part.sideWriter.close()
                async let payments: Void = part.paymentWriter.close()
                async let carts: Void = part.cartWriter.close()
                _ = await (writer, side, payments, carts)
                await part.pool.close()
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Accounts
import Actors
import Carts
import Catalog
import Companies
import HTTPClient
import Imports
import Ledger
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Notifications
import Orders
import Payments
import Pictures
import Postgres
import Redis
import Refunds
import Reviews
import Sellers
import UVRuntime
import Wishlist

extension Shop.OrderCore {
    /// Makes the actors of a process. On their loop.
    static func make(
        _ configuration: AppConfiguration, _ part: Shop.LoopParts, _ account: RazorpayAccount,
        _ identity: ProcessIdentity, _ database: String, _ secret: SecretKey, _ logger: Logger
    ) -> Shop.OrderCore {
        let (loop, pool, writer, redis, ids) = (part.loop, part.pool, part.writer, part.redis, identity.ids)
        let counts = configuration.actors
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: counts.idempotencyShards, limits: IdempotencyLimits(),
            refusalsWaitingMax: counts.mailboxMax, hints: RedisAnswers(redis: { redis }, database: database),
            journal: KeyStore(pool: { pool }), logger: logger)
        let inventory = InventoryDirectory(
            executor: loop, clock: loop, shardCount: counts.inventoryShards, limits: InventoryLimits(),
            journal: StockStore(client: pool))
        let store = OrderStore(postgres: { pool }, writer: { writer })
        let orders = makeOrders(counts, part, inventory, logger)
        let carts = makeCarts(counts, part, ids, logger)
        let watch = OrderWatch(executor: loop, clock: loop, store: store, logger: logger)
        let news = makeNews(part, identity, inventory, logger)
        let sweeper = ReservationSweeper(
            executor: loop, store: store, inventory: inventory, logger: logger, news: news
        ) { await watch.changed($0) }
        let late = makeLatePayments(part, inventory, watch, logger)
        let release = ReleaseUserOrders(
            pool: pool, inventory: inventory, news: news, ended: { await watch.changed($0) })
        let payments = makePayments(configuration, part, account, ids, watch, logger)
        let refunds = RefundWork(payments.client, pool: pool, ids: ids, logger: logger) { await watch.changed($0) }
        let timers = SellerOrderTimers(
            executor: loop, clock: loop, store: store, inventory: inventory, ids: ids, news: news, logger: logger
        ) { await watch.changed($0) }
        return Shop.OrderCore(
            keys: keys, inventory: inventory, orders: orders, carts: carts, watch: watch, news: news,
            upkeep: Upkeep(
                lead: LeaderLease(
                    executor: loop, role: "upkeep", instance: identity.instance, store: LeaseStore(postgres: pool),
                    logger: logger),
                sweeper: sweeper,
                sellerOrders: timers,
                reaper: RowReaper.ofKeys(executor: loop, clock: loop, store: KeyStore(pool: { pool }), logger: logger),
                carts: CartReaper(
                    executor: loop, clock: loop, store: CartStore(postgres: { pool }, writer: { part.cartWriter }),
                    logger: logger),
                words: SearchWordReaper(
                    executor: loop, clock: loop, store: CatalogStore(client: pool), logger: logger),
                priceLists: makePriceLists(part, news, logger),
                holidays: makeHolidays(part, news, logger),
                jobs: jobs(part, late, release, refunds, timers, news, logger),
                providerJobs: ProviderJobs(part, [payments.jobs, refunds.calls], logger: logger),
                tables: tables(configuration, part, ids, news, inventory, logger),
                tableSweep: tableSweep(configuration, part, logger),
                jobReaper: RowReaper.ofJobs(
                    executor: loop, clock: loop, store: JobStore(postgres: pool), logger: logger),
                accountReaper: makeAccountReaper(part, logger),
                deletions: AccountDeletions(
                    executor: loop, clock: loop, pool: pool, logger: logger, forget: forgetUser
                ) { user in
                    if try await store.hasOpen(user) { return true }
                    return try await sellersHold(user, in: pool)
                },
                reconciliations: payments.reconciliations,
                documents: KYCExpiry(executor: loop, clock: loop, pool: pool, logger: logger),
                gauges: ShopGauges(
                    executor: loop, clock: loop, client: pool, rest: { try await loop.sleep(for: $0) }, logger: logger),
                media: makeSweep(configuration, part, secret, logger),
                snapshots: makeSnapshots(part, logger)),
            payments: payments, latencies: .ofRequests(executor: loop))
    }

    private static func makeAccountReaper(_ part: Shop.LoopParts, _ logger: Logger) -> RowReaper {
        let pool = part.pool
        return RowReaper.ofAccounts(executor: part.loop, clock: part.loop, logger: logger) {
            try await accountsReap(limit: $0, pool: pool)
        }
    }

    private static func makeLatePayments(
        _ part: Shop.LoopParts, _ inventory: InventoryDirectory, _ watch: OrderWatch, _ logger: Logger
    ) -> LatePayments {
        LatePayments(
            store: PaymentStore(postgres: { part.pool }, writer: { part.writer }), inventory: inventory,
            orderChanged: { await watch.changed($0) }, logger: logger)
    }

    private static func makeOrders(
        _ counts: AppConfiguration.Actors, _ part: Shop.LoopParts, _ inventory: InventoryDirectory, _ logger: Logger
    ) -> OrderActor {
        let (loop, pool) = (part.loop, part.pool)
        return OrderActor(
            executor: loop, clock: loop, shardCount: counts.orderShards,
            limits: OrderLimits(capacity: counts.mailboxMax, batch: counts.batchMax),
            inventory: inventory, journal: OrderStore(postgres: { pool }, writer: { part.writer.pipeline }),
            stuckJournal: OrderStore(postgres: { pool }, writer: { part.sideWriter }), logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) })
    }

    private static func makeCarts(
        _ counts: AppConfiguration.Actors, _ part: Shop.LoopParts, _ ids: IDGenerator, _ logger: Logger
    ) -> CartDirectory {
        let (loop, pool) = (part.loop, part.pool)
        return CartDirectory(
            executors: Array(repeating: loop, count: counts.cartShards),
            clocks: Array(repeating: loop, count: counts.cartShards),
            limits: CartLimits(writes: CartWriteLimits(capacity: counts.mailboxMax, batch: counts.batchMax)),
            journal: CartStore(postgres: { pool }, writer: { part.cartWriter.pipeline }), logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) }, newID: { ids.next() })
    }

    /// Who tells of changes; the inventory tells of what it has sold.
    private static func makeNews(
        _ part: Shop.LoopParts, _ identity: ProcessIdentity, _ inventory: InventoryDirectory, _ logger: Logger
    ) -> ChangeAnnouncer {
        let (loop, pool) = (part.loop, part.pool)
        let news = ChangeAnnouncer(
            executor: loop, clock: loop, sender: identity.worker, store: ChangeStore(postgres: pool), logger: logger)
        // On the same loop, after the commit; the announcer gathers what is told of twenty milliseconds.
        inventory.assumeIsolated { inventory in
            inventory.onSold { variants in news.assumeIsolated { $0.announce(.sold(variants)) } }
        }
        return news
    }

    /// What committed transactions owe, beside imports and exports and what calls the provider.
    private static func jobs(
        _ part: Shop.LoopParts, _ late: LatePayments, _ release: ReleaseUserOrders, _ refunds: RefundWork,
        _ timers: SellerOrderTimers, _ news: ChangeAnnouncer, _ logger: Logger
    ) -> JobRunner {
        let pool = part.pool
        let wishers = TellWishers(pool: pool)
        let ratings = RatingNews(
            pool: pool,
            copies: RatingCopies(
                product: { try await CatalogStore.setRating(of: $0, count: $1, sum: $2, in: $3) },
                seller: { try await SellerRatingStore.setRating(of: $0, count: $1, sum: $2, in: $3) },
                changed: { await news.announce(.ratings([$0])) },
                sellerChanged: { await news.announce(.sellers([$0])) }))
        var handlers = accountsOrderJobs { try await release.run(of: $0) }
        handlers[LatePayments.kind] = { try await late.settle($0) }
        handlers[SellerOrderTimers.refundedKind] = { try await timers.endRefunded($0) }
        let resume = ResumeProviderCalls(pool: pool, logger: logger)
        handlers[ResumeProviderCalls.kind] = { _ in try await resume.run() }
        handlers[InboxReaper.kind] = { _ in try await InboxReaper(pool: pool).reap() }
        handlers[TellWishers.priceKind] = { try await wishers.tell($0) }
        handlers[TellWishers.stockKind] = { try await wishers.tell($0) }
        handlers[RatingNews.kind] = { try await ratings.hand(on: $0) }
        handlers[ReviewMediaExpiry.kind] = { try await ReviewMediaExpiry(pool: pool).end($0) }
        handlers.merge(refunds.handlers) { _, new in new }
        return JobRunner(
            executor: part.loop, store: JobStore(postgres: pool), handlers: handlers,
            attempts: ProviderJobs.limits, logger: logger)
    }

    /// Removes what the contexts keep of somebody whose account is removed.
    static func forgetUser(
        _ user: UserID, _ email: String, in transaction: PostgresTransaction
    ) async throws {
        try await wishlistForget(user, in: transaction)
        try await notificationsForget(user, in: transaction)
        try await companiesForget(user, email: email, in: transaction)
        try await sellersForget(user, in: transaction)
        try await cartsForget(user, in: transaction)
        try await MailQueue.forget(user, email: email, in: transaction)
    }

    private static func makePriceLists(
        _ part: Shop.LoopParts, _ news: ChangeAnnouncer, _ logger: Logger
    ) -> PriceListClock {
        PriceListClock(executor: part.loop, postgres: part.pool, logger: logger) { variants in
            await news.announce(.offers(variants))
        }
    }

    private static func makeHolidays(
        _ part: Shop.LoopParts, _ news: ChangeAnnouncer, _ logger: Logger
    ) -> HolidayClock {
        HolidayClock(executor: part.loop, clock: part.loop, postgres: part.pool, logger: logger) { _ in
            // Of all goods, as when a seller is suspended: nobody counts theirs here.
            await news.announce(.offers(nil))
            await news.announce(.products(nil))
        }
    }

    private static func makeSnapshots(_ part: Shop.LoopParts, _ logger: Logger) -> LedgerSnapshots {
        LedgerSnapshots(
            executor: part.loop, clock: part.loop, wall: SystemClock(), client: part.pool, logger: logger)
    }

    private static func makeSweep(
        _ configuration: AppConfiguration, _ part: Shop.LoopParts, _ secret: SecretKey, _ logger: Logger
    ) -> MediaSweep {
        let images = ImageUpkeepStore(client: part.pool)
        let (avatars, logos) = (accountsPictures(client: part.pool), sellersPictures(client: part.pool))
        let reviews = ReviewMediaExpiry(pool: part.pool)
        return MediaSweep(
            loop: part.loop,
            files: FileStore(
                directory: configuration.dataDirectory,
                keys: PrivateFileKeys(secret, previous: configuration.previousSecrets)),
            removals: [
                { try await images.removeUnused() }, { try await avatars.removeUnused() },
                { try await logos.removeUnused() },
            ],
            // Every context that publishes files: what none of them names is removed.
            uses: [
                { try await images.used(among: $0) }, { try await avatars.used(among: $0) },
                { try await logos.used(among: $0) }, { try await reviews.used($0) },
            ],
            sealed: sellersSealedFiles(pool: part.pool), logger: logger)
    }

    private static func tableSweep(
        _ configuration: AppConfiguration, _ part: Shop.LoopParts, _ logger: Logger
    ) -> TableSweep {
        TableSweep(
            executor: part.loop, pool: part.pool, imports: configuration.importFiles,
            exports: configuration.exportFiles, clock: part.loop, logger: logger)
    }

    /// Tells of products whose change is committed.
    func productsChanged(_ changed: [ProductNews]) async {
        await Self.productsChanged(changed, inventory, news)
    }

    private static func productsChanged(
        _ changed: [ProductNews], _ inventory: InventoryDirectory, _ news: ChangeAnnouncer
    ) async {
        await inventory.adopt(changed.flatMap(\.stock))
        // Work on drafts shows nowhere: what is remembered stays right.
        let seen = changed.filter(\.isSeen)
        guard !seen.isEmpty else { return }
        await news.announce(.offers(seen.flatMap(\.variants)))
        await news.announce(.stock(seen.flatMap(\.stock).map(\.variant)))
        await news.announce(.products(seen.map(\.product)))
    }

    /// Imports and exports run beside the other jobs, one at a time: each goes on for a good part of a job's lease.
    private static func tables(
        _ configuration: AppConfiguration, _ part: Shop.LoopParts, _ ids: IDGenerator, _ news: ChangeAnnouncer,
        _ inventory: InventoryDirectory, _ logger: Logger
    ) -> JobRunner {
        let (loop, pool) = (part.loop, part.pool)
        let ports = ImportPorts.ofShop(pool: pool, ids: ids, inventory: inventory, news: news) {
            await Shop.OrderCore.productsChanged($0, inventory, news)
        }
        let imports = ImportRunner(
            pool: pool, files: configuration.importFiles, ports: ports, clock: loop, logger: logger)
        let exports = ExportRunner(pool: pool, files: configuration.exportFiles, ports: ports, clock: loop)
        return JobRunner(
            executor: loop, store: JobStore(postgres: pool),
            handlers: [
                ImportRunner.kind: { try await imports.run($0) },
                ImportRunner.expiryKind: { try await imports.expire($0) },
                ExportRunner.kind: { try await exports.run($0) },
                ExportRunner.expiryKind: { try await exports.expire($0) },
            ],
            endings: [
                ImportRunner.kind: { try await imports.end($0, after: $1) },
                ExportRunner.kind: { job, _ in try await exports.end(job) },
            ], batch: 1, logger: logger)
    }

    private static func makePayments(
        _ configuration: AppConfiguration, _ part: Shop.LoopParts, _ account: RazorpayAccount, _ ids: IDGenerator,
        _ watch: OrderWatch, _ logger: Logger
    ) -> Shop.PaymentCore {
        let (loop, pool) = (part.loop, part.pool)
        let counts = configuration.actors
        let store = PaymentStore(postgres: { pool }, writer: { part.paymentWriter.pipeline })
        let http = HTTPClient(loop: loop)
        let client = RazorpayClient(account: account, http: http)
        let actor = PaymentActor(
            executor: loop, clock: loop, shardCount: counts.paymentShards,
            limits: PaymentLimits(capacity: counts.mailboxMax, batch: counts.batchMax), journal: store, logger: logger,
            random: { UInt64.random(in: 0...UInt64.max) })
        let news = PaymentNews(
            payments: actor,
            inbox: ProviderInbox(executor: loop, pool: pool, ids: ids, refundNews: refundNews(ids)),
            client: client,
            ids: ids, orderChanged: { await watch.changed($0) }, logger: logger)
        let providerOrders = ProviderOrders(executor: loop, client: client, logger: logger)
        let disputeCalls = DisputeCalls(
            pool: pool, client: client, ids: ids, orderChanged: { await watch.changed($0) }, logger: logger)
        let reconciliations = ReconciliationJobs(
            executor: loop, clock: loop, pool: pool,
            reconciler: Reconciler(
                pool: pool, client: client, news: news, ids: ids, wait: { try await loop.sleep(for: $0) },
                logger: logger), ids: ids,
            logger: logger)
        let settlements = BookSettlement(pool: pool, client: client, ids: ids, logger: logger)
        return Shop.PaymentCore(
            account: account, http: http, client: client, reconciliations: reconciliations,
            jobs: [
                CheckDisputes.kind: { try await CheckDisputes(news: news).run($0) },
                DisputeCalls.kind: { try await disputeCalls.run($0) },
                ReconciliationJobs.kind: { try await reconciliations.run($0) },
                BookSettlement.kind: { try await settlements.run($0) },
            ], actor: actor, news: news, providerOrders: providerOrders,
            checks: PaymentChecks(
                executor: loop, clock: loop, store: store, news: news, client: client, providerOrders: providerOrders,
                logger: logger))
    }
}

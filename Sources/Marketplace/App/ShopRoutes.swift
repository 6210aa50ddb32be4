// SPDX-License-Identifier: Apache-2.0
import Accounts
import Actors
import Carts
import Catalog
import Companies
import HTTP
import Imports
import Ledger
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Notifications
import Operations
import Orders
import Payments
import Pictures
import Postgres
import Refunds
import Reviews
import Sellers
import UVRuntime
import Wishlist

/// The routes of one loop: each context with its dependencies, and its ports bound to who stands behind them.
///
/// - Isolation: made and used on the loop of `part`.
struct ShopRoutes {
    let configuration: AppConfiguration
    let part: Shop.LoopParts
    let core: Shop.OrderCore
    let readiness: Readiness
    /// Of open streams, for all loops.
    let seats: StreamSeats
    let ids: IDGenerator
    let secret: SecretKey
    let tokens: AccessTokens
    /// nil where nobody is slowed down.
    let limiter: RateLimiter?
    /// The pages of the documentation; nil where they were not brought.
    let pages: SwaggerUI?
    let logger: Logger

    /// Whom buyers pay, as the checkout shows it.
    static let shopName = "MVE"

    /// The routes, and what they remember between requests.
    func all() throws -> ([Route], SharedMemory.OfLoop) {
        let (loop, pool) = (part.loop, part.pool)
        let shared = Shared(self)
        let catalog = CatalogStore(client: pool.reads, searches: BoundedReadStore(pool: pool))
        let offers = OfferCache(executor: loop, clock: loop, logger: logger, store: catalog)
        let priced = CompanyOffers(everybody: offers, store: CatalogStore(client: pool))
        let memory = CatalogMemory(executor: loop, clock: loop)
        let carts = carts(shared, priced)
        let commissions = CommissionMemory(executor: loop, clock: loop, client: pool)
        let told = notificationRoutes(notifications(shared)) + operationsRoutes(operations(shared))
        let merge = MergeCarts(carts) { variants, company, transaction in
            try await CompanyOffers.committed(variants, for: company, in: transaction)
        }
        let routes =
            healthRoutes(pool: pool, redis: part.redis, readiness: readiness) + [VersionRoute.route]
            + accountsRoutes(try accounts(shared, merge: merge))
            + catalogRoutes(
                store: catalog, memory: memory, clock: loop, cursors: CursorCodec(secret: secret),
                companies: CompanyShelf(
                    gate: shared.gate, mayBuy: companiesMayBuy(pool: pool), offers: priced), limiter: limiter)
            + productRoutes(products(shared)) + cartRoutes(carts)
            + orderRoutes(orders(shared, offers, priced, catalog, commissions))
            + paymentRoutes(payments(shared)) + refundRoutes(refunds(shared))
            + companyRoutes(companies(shared)) + priceListRoutes(priceLists(shared))
            + inventoryRoutes(inventory(shared)) + categoryAdminRoutes(categories(shared))
            + wishlistRoutes(wishlist(shared, offers)) + reviewRoutes(reviews(shared)) + importRoutes(imports(shared))
            + sellerRoutes(sellers(shared), scanner: configuration.documentScanner)
            + ledgerRoutes(ledger(shared)) + told + docsRoutes(pages) + mediaRoutes(shared.files)
        let all = routes + [SchemaRoute.route(describing: routes, aside: loop)]
        return (
            all,
            SharedMemory.OfLoop(
                loop: loop, offers: offers, catalog: memory, states: shared.states, commissions: commissions,
                notices: shared.notices)
        )
    }

    /// What several contexts use.
    private struct Shared {
        let states: UserStates
        let gate: Gate
        let clients: ClientTokens
        let principals: Principals
        let calls: IdempotentCalls
        let transactions: KeyedTransactions
        let phased: PhasedCalls
        let clock = SystemClock()
        let files: FileStore
        let images: ImageProcessor
        let pictures: PictureDesk
        let notices: NoticeStreams
        let orders: OrderStore
        let payments: PaymentStore

        init(_ routes: ShopRoutes) {
            let (pool, writer, ids) = (routes.part.pool, routes.part.writer, routes.ids)
            states = UserStates(loop: routes.part.loop, load: accountsUserStates(pool: pool))
            gate = Gate(
                tokens: routes.tokens, states: states, limiter: routes.limiter,
                adminsNeedSecondFactor: routes.configuration.adminsNeedSecondFactor, logger: routes.logger)
            notices = NoticeStreams(
                executor: routes.part.loop, clock: routes.part.loop, pool: pool, gate: gate, logger: routes.logger)
            clients = ClientTokens(secret: routes.secret)
            principals = Principals(secret: routes.secret, clients: clients)
            let waits = KeyWaits(clock: routes.part.loop)
            calls = IdempotentCalls(keys: routes.core.keys, waits: waits, newNumber: { ids.nextRawValue() })
            transactions = KeyedTransactions(
                pool: pool, calls: calls, waits: waits, secrets: SecretAnswers(secret: routes.secret))
            files = FileStore(
                directory: routes.configuration.dataDirectory,
                keys: PrivateFileKeys(routes.secret, previous: routes.configuration.previousSecrets))
            images = ImageProcessor(loop: routes.part.loop, logger: routes.logger)
            pictures = PictureDesk(files: files, images: images, ids: ids)
            phased = PhasedCalls(pool: pool, calls: calls, waits: waits)
            orders = OrderStore(postgres: { pool }, writer: { writer })
            payments = PaymentStore(postgres: { pool.reads }, writer: { writer })
        }
    }

    private func accounts(_ shared: Shared, merge: MergeCarts) throws -> AccountsDependencies {
        let pool = part.pool
        var ports = AccountsPorts.none
        let core = core
        ports.mergeCart = { try await merge.run($0, into: $1, in: $2) }
        ports.cartsMerged = { merged in
            await core.carts.renew(merged)
            await core.news.announce(.carts(merged))
        }
        let orders = shared.orders
        ports.orderCounts = { try await orders.counts(of: $0) }
        ports.lastOrders = { user in
            try await orders.newest(of: user).map {
                AccountOrder(id: $0.id, status: $0.status, total: $0.total, createdAt: $0.createdAt)
            }
        }
        ports.leave = {
            try await sellersLeave($0, in: $1)
            try await companiesLeave($0, in: $1)
        }
        let companies = companiesOfUser(pool: pool)
        let unread = notificationsUnread(pool: pool)
        ports.profileExtras = { user in
            let standing = try await ProductStore(client: pool.reads).standing(of: user)
            return ProfileExtras(
                seller: standing.map { ($0.seller, $0.status) }, companies: try await companies(user),
                unreadNotifications: try await unread(user))
        }
        return AccountsDependencies(
            pool: pool, gate: shared.gate, tokens: tokens, states: shared.states, principals: shared.principals,
            clients: shared.clients,
            transactions: shared.transactions, hasher: try PasswordHasher(loop: part.loop), ids: ids,
            mailTokens: MailTokens(secrets: [secret] + configuration.previousSecrets),
            secondFactors: SecondFactors(secrets: [secret] + configuration.previousSecrets), news: core.news,
            cursors: CursorCodec(secret: secret), ports: ports, pictures: shared.pictures, limiter: limiter,
            logger: logger)
    }

    private func notifications(_ shared: Shared) -> NotificationsDependencies {
        NotificationsDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions, cursors: CursorCodec(secret: secret),
            news: core.news, streams: shared.notices, seats: seats)
    }

    private func operations(_ shared: Shared) -> OperationsDependencies {
        OperationsDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions, cursors: CursorCodec(secret: secret),
            ports: .ofShop(part, core))
    }

    private func products(_ shared: Shared) -> ProductsDependencies {
        let (pool, core) = (part.pool, core)
        return ProductsDependencies(
            pool: pool, gate: shared.gate, transactions: shared.transactions, phased: shared.phased,
            ports: ProductPorts(
                sellerOf: { try await ProductStore(client: pool.reads).standing(of: $0) },
                changed: { await core.productsChanged($0) }),
            cursors: CursorCodec(secret: secret), ids: ids, clock: shared.clock, files: shared.files,
            images: shared.images)
    }

    private func sellers(_ shared: Shared) -> SellersDependencies {
        let catalogue = CatalogStore(client: part.pool.reads)
        return SellersDependencies(
            pool: part.pool, gate: shared.gate, states: shared.states, transactions: shared.transactions,
            files: shared.files, pictures: shared.pictures, ids: ids, secret: secret, news: core.news,
            clock: shared.clock,
            ports: SellersPorts(
                grantRole: { try await accountsGrantRole(.seller, to: $0, in: $1) },
                commission: { try await commissionInForce(for: $0, in: $1) },
                categories: { try await catalogue.known($0) }))
    }

    private func carts(_ shared: Shared, _ offers: CompanyOffers) -> CartsDependencies {
        let (loop, mayBuy, orders) = (part.loop, companiesMayBuy(pool: part.pool), shared.orders)
        let address = accountsAddress(pool: part.pool)
        return CartsDependencies(
            gate: shared.gate, clients: shared.clients, principals: shared.principals, calls: shared.calls,
            carts: core.carts,
            ports: CartPorts(
                offers: { try await offers.offers($0, for: $1) }, mayBuy: { try await mayBuy($0, $1) },
                addressState: { try await address($0, $1)?.state },
                orderLines: { order, user in
                    try await orders.bought(order, of: user)?.map {
                        ReorderedLine(variant: $0.variant, quantity: $0.quantity, unitPrice: $0.unitPrice)
                    }
                }),
            ids: ids, clock: shared.clock, monotonic: { loop.now })
    }

    private func companies(_ shared: Shared) -> CompaniesDependencies {
        let (directory, states, news) = (AccountsDirectory(pool: part.pool), shared.states, core.news)
        return CompaniesDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions,
            ports: CompanyPorts(
                people: { try await directory.people($0) },
                changed: { users in
                    users.forEach(states.forget)
                    await news.announce(.users(users))
                }), ids: ids,
            mailTokens: MailTokens(secrets: [secret] + configuration.previousSecrets))
    }

    private func priceLists(_ shared: Shared) -> PriceListDependencies {
        let news = core.news
        return PriceListDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions,
            desk: SellerDesk(store: CatalogStore(client: part.pool.reads)), cursors: CursorCodec(secret: secret),
            ids: ids,
            changed: { await news.announce(.offers($0)) })
    }

    private func inventory(_ shared: Shared) -> InventoryDependencies {
        let news = core.news
        return InventoryDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions,
            desk: SellerDesk(store: CatalogStore(client: part.pool.reads)), cursors: CursorCodec(secret: secret),
            ids: ids,
            inventory: core.inventory, changed: { await news.announce(.stock($0)) })
    }

    private func categories(_ shared: Shared) -> CategoryDependencies {
        let news = core.news
        return CategoryDependencies(gate: shared.gate, transactions: shared.transactions, ids: ids) { taxesChanged in
            await news.announce(.products(nil))
            if taxesChanged { await news.announce(.offers(nil)) }
        }
    }

    private func wishlist(_ shared: Shared, _ offers: OfferCache) -> WishlistDependencies {
        WishlistDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions, cursors: CursorCodec(secret: secret),
            offers: { try await offers.offers($0) })
    }

    private func orders(
        _ shared: Shared, _ offers: OfferCache, _ priced: CompanyOffers, _ catalog: CatalogStore,
        _ commissions: CommissionMemory
    ) -> OrdersDependencies {
        let (loop, pool, payments) = (part.loop, part.pool, shared.payments)
        return OrdersDependencies(
            gate: shared.gate, calls: shared.calls, transactions: shared.transactions, carts: core.carts,
            orders: core.orders, inventory: core.inventory, store: shared.orders,
            ports: OrderPorts(
                offers: { try await priced.offers($0, for: $1) }, invalidateOffers: { await offers.invalidate($0) },
                labels: { sellers, products, client in
                    let store = client.map { CatalogStore(client: $0) } ?? catalog
                    let labels = try await store.labels(sellers: sellers, products: products)
                    return OrderLabels(sellerNames: labels.sellerNames, thumbnails: labels.thumbnails)
                }, payments: { try await payments.summaries(of: $0, in: $1) },
                commissions: { try await commissions.rules() },
                address: accountsAddress(pool: part.pool),
                sellerOf: { try await SellerRatingStore.seller(of: $0, in: pool.reads) },
                flagged: { try await OrderDossierStore.flagged($0, in: pool.reads) },
                dossier: { try await OrderDossierStore.dossier(of: $0, parts: $1, in: pool.reads) },
                ledgerEntries: { try await OrderDossierStore.ledgerEntries(of: $0, seller: $1, in: pool.reads) },
                isMember: companiesHaveMember(pool: pool),
                payouts: { order, client in
                    try await ledgerShares(of: order, in: client ?? pool.reads).mapValues {
                        SellerPayout(earned: $0.earned, commission: $0.commission, taxWithheld: $0.taxWithheld)
                    }
                }),
            ids: ids, clock: shared.clock,
            monotonic: { loop.now }, reservationTTL: configuration.reservationTTL,
            returnWindowDays: configuration.returnWindowDays, cash: configuration.cashOnDelivery,
            cursors: CursorCodec(secret: secret), watch: core.watch, news: core.news)
    }

    private func ledger(_ shared: Shared) -> LedgerDependencies {
        let catalog = CatalogStore(client: part.pool)
        return LedgerDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions, cursors: CursorCodec(secret: secret),
            ids: ids, clock: shared.clock, news: core.news,
            ports: LedgerPorts(
                sale: { try await catalog.sale(of: $0) }, hasCategory: { try await catalog.hasCategory($0) },
                hasSeller: { try await catalog.hasSeller($0) }))
    }

    private func reviews(_ shared: Shared) -> ReviewsDependencies {
        let (pool, orders) = (part.pool, shared.orders)
        return ReviewsDependencies(
            pool: pool, gate: shared.gate, transactions: shared.transactions, ids: ids,
            cursors: CursorCodec(secret: secret), clock: shared.clock,
            ports: ReviewPorts(
                line: { line, user in
                    try await orders.deliveredLine(line, of: user).map {
                        ReviewedLine(product: $0.product, seller: $0.seller, isDelivered: $0.isDelivered)
                    }
                }, hasDelivery: { try await orders.hasDelivery($0) }, names: accountsNames(pool: pool),
                seller: { try await SellerRatingStore.seller(of: $0, in: pool.reads) }), files: shared.files,
            images: shared.images)
    }

    private func refunds(_ shared: Shared) -> RefundsDependencies {
        let core = core
        return RefundsDependencies(
            pool: part.pool, gate: shared.gate, transactions: shared.transactions, cursors: CursorCodec(secret: secret),
            ids: ids, secondAdminAbove: configuration.refundSecondAdminAbove,
            restocked: { rows in
                await core.inventory.adopt(rows)
                await core.news.announce(.stock(rows.map(\.variant)))
            })
    }

    private func imports(_ shared: Shared) -> ImportsDependencies {
        let (pool, ids) = (part.pool, ids)
        return ImportsDependencies(
            pool: pool, gate: shared.gate, transactions: shared.transactions, ids: ids,
            imports: configuration.importFiles, exports: configuration.exportFiles,
            ports: .ofShop(pool: pool, ids: ids, inventory: core.inventory, news: core.news) { [core] in
                await core.productsChanged($0)
            })
    }

    private func payments(_ shared: Shared) -> PaymentsDependencies {
        let (pool, orders, provider, watch) = (part.pool, shared.orders, core.payments, core.watch)
        let buyer = accountsContact(pool: pool)
        return PaymentsDependencies(
            pool: pool, gate: shared.gate, transactions: shared.transactions, calls: shared.calls,
            phased: shared.phased,
            store: shared.payments, account: provider.account, providerOrders: provider.providerOrders,
            news: provider.news, checks: provider.checks,
            disputeCalls: DisputeCalls(
                pool: pool, client: provider.client, ids: ids, orderChanged: { await watch.changed($0) }, logger: logger
            ),
            ports: PaymentPorts(
                order: { id, user in
                    try await orders.state(of: id, user: user).map {
                        PaidOrder(status: $0.status, paymentStatus: $0.paymentStatus)
                    }
                },
                buyer: { id in try await buyer(id).map { Buyer(name: $0.name, email: $0.email, phone: $0.phone) } },
                refunds: { try await refundsOfPayments($0, in: pool.reads) },
                owner: ordersOwner(orders, isMember: companiesHaveMember(pool: pool))),
            ids: ids, secret: secret, clock: shared.clock, shopName: Self.shopName,
            cash: configuration.cashOnDelivery, logger: logger)
    }
}

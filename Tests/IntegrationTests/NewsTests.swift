// SPDX-License-Identifier: Apache-2.0
import Actors
import Logging
import MarketCore
import MarketHTTP
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// What one process tells the other, over a real database. Rows stay fresh for an hour here, so that nothing but the news can
/// make them stale.
@Suite(.timeLimit(.minutes(3))) struct NewsTests {
    private static let limits = InventoryLimits(freshness: .seconds(3600))

    /// What a feed said.
    private enum Event: Sendable, Equatable {
        case missed
        case lost
        case changed(SharedChange)
    }

    /// A process's feed: passes what it hears on to the inventory, and then to the test.
    private final class Ear: Sendable {
        private let feed: ChangeFeed
        private let loop: EventLoop
        private let events: AsyncStream<Event>

        init(_ core: OrderCore, own: Int, _ database: TestDatabase) {
            let inventory = core.inventory
            let (events, report) = AsyncStream.makeStream(of: Event.self)
            self.events = events
            loop = core.loop
            feed = ChangeFeed(
                configuration: PostgresConfiguration(url: database.url), loop: core.loop, own: own,
                missed: {
                    inventory.assumeIsolated { $0.markAllStale() }
                    // The test waits outside, and must not wake up on this loop.
                    LoopExecutor.outside { _ = report.yield(.missed) }
                },
                lost: { LoopExecutor.outside { _ = report.yield(.lost) } },
                changed: { change in
                    if case .stock(let variants?) = change { inventory.assumeIsolated { $0.markStale(variants) } }
                    LoopExecutor.outside { _ = report.yield(.changed(change)) }
                })
        }

        /// Runs a body while the feed listens.
        func listen(_ body: (inout AsyncStream<Event>.Iterator) async throws -> Void) async throws {
            let feed = feed
            try await loop.run { await feed.start() }
            var events = events.makeAsyncIterator()
            #expect(await events.next(isolation: nil) == .missed)
            try await body(&events)
            try await loop.run { await feed.stop() }
        }
    }

    private static func announcer(_ core: OrderCore, sender: Int) -> ChangeAnnouncer {
        ChangeAnnouncer(
            executor: core.loop, clock: core.loop, sender: sender, store: ChangeStore(postgres: core.pool),
            logger: Logger(label: "test"))
    }

    /// Sells the only unit in process 0, and lets process 1 see that it is sold out.
    private static func sellOut(_ cores: [OrderCore]) async throws {
        let first = try await cores[0].loop.run {
            try await cores[0].orders.place(Fixture.order(0, key: 1, ids: cores[0].ids))
        }
        #expect(first == .placed)
        let second = try await place(cores[1], key: 2)
        #expect(isRefusal(second))
    }

    private static func place(_ core: OrderCore, key: Int) async throws -> OrderActor.Result {
        try await core.loop.run { try await core.orders.place(Fixture.order(1, key: key, ids: core.ids)) }
    }

    private static func isRefusal(_ result: OrderActor.Result) -> Bool {
        if case .refused = result { true } else { false }
    }

    /// Ends the order of process 0 as its sweeper does.
    private static func expire(
        _ core: OrderCore, _ database: TestDatabase, news: any ChangeNews
    ) async throws {
        _ = try await database.sql(
            """
            update orders.orders set reserved_until = now() - interval '1 second';
            update inventory.reservations r set expires_at = o.reserved_until from orders.orders o where o.id = r.order_id;
            """)
        let ended = try await core.loop.run {
            await ReservationSweeper(
                executor: core.loop, store: core.store, inventory: core.inventory, logger: Logger(label: "test"),
                news: news
            ).sweep()
        }
        #expect(ended == 1)
    }

    @Test func whatOneProcessReleasesTheOtherCanSell() async throws {
        try await OrderCore.with(processes: 2, stock: 1, limits: Self.limits) { cores, database in
            _ = try await database.sql(Fixture.carts(2))
            try await Ear(cores[1], own: 2, database).listen { events in
                try await Self.sellOut(cores)
                let before = try await Self.place(cores[1], key: 3)
                #expect(Self.isRefusal(before), "memory is fresh for an hour")
                try await Self.expire(cores[0], database, news: Self.announcer(cores[0], sender: 1))
                #expect(await events.next(isolation: nil) == .changed(.stock([Fixture.variant])))
                #expect(try await Self.place(cores[1], key: 4) == .placed)
            }
        }
    }

    @Test func aLostListenerRecoversAndTrustsNothing() async throws {
        try await OrderCore.with(processes: 2, stock: 1, limits: Self.limits) { cores, database in
            _ = try await database.sql(Fixture.carts(2))
            try await Ear(cores[1], own: 2, database).listen { events in
                try await Self.sellOut(cores)
                // Nobody is told, so only the listener that comes back can make the row stale.
                try await Self.expire(cores[0], database, news: NoNews())
                let before = try await Self.place(cores[1], key: 3)
                #expect(Self.isRefusal(before), "memory is fresh for an hour")
                let ended = try await database.text(
                    """
                    select count(pg_terminate_backend(pid)) from pg_stat_activity
                     where datname = current_database() and application_name = '\(ChangeFeed.applicationName)'
                    """)
                #expect(ended == "1")
                #expect(
                    await events.next(isolation: nil) == .lost, "at once: nothing is trusted until it listens again")
                #expect(await events.next(isolation: nil) == .missed)
                #expect(try await Self.place(cores[1], key: 4) == .placed)
            }
        }
    }

    @Test func nobodyHearsItselfAndWhatCannotBeReadMeansAnything() async throws {
        try await OrderCore.with(processes: 1, stock: 1, limits: Self.limits) { cores, database in
            try await Ear(cores[0], own: 7, database).listen { events in
                let (own, other) = (Self.announcer(cores[0], sender: 7), Self.announcer(cores[0], sender: 8))
                let many = (1...Int64(1000)).map { VariantID(rawValue: Int64.max - $0) }
                try await cores[0].loop.run {
                    await own.announce(.offers([VariantID(rawValue: 1)]))
                    // Two announcements of a moment are one statement with few payloads.
                    await other.announce(.offers(Array(many[..<500])))
                    await other.announce(.offers(Array(many[400...])))
                }
                var heard: [VariantID] = []
                for _ in 0..<4 {
                    guard case .changed(.offers(let variants?)) = await events.next(isolation: nil) else { break }
                    heard += variants
                }
                #expect(heard.count == many.count && Set(heard) == Set(many))
                try await cores[0].loop.run {
                    await other.announce(.offers((0..<Int64(10_000)).map { VariantID(rawValue: $0) }))
                }
                #expect(await events.next(isolation: nil) == .changed(.offers(nil)), "too many to name are all of them")
                _ = try await database.sql("select platform.notify_v1('mve_offers', '{nonsense}')")
                #expect(await events.next(isolation: nil) == .changed(.offers(nil)))
            }
        }
    }

    @Test func productsHaveNewsOfTheirOwnAndTheOwnMemoryHearsFirst() async throws {
        try await OrderCore.with(processes: 1, stock: 1, limits: Self.limits) { cores, database in
            try await Ear(cores[0], own: 7, database).listen { events in
                let other = Self.announcer(cores[0], sender: 8)
                let here = Mutex<[SharedChange]>([])
                let product = ProductID(rawValue: 5)
                try await cores[0].loop.run {
                    await other.tellHere { change in here.withLock { $0.append(change) } }
                    await other.announce(.products([product]))
                    await other.announce(.products([]))
                    #expect(here.withLock { $0 } == [.products([product])], "before anybody else, and never of nothing")
                }
                #expect(await events.next(isolation: nil) == .changed(.products([product])))
                try await cores[0].loop.run {
                    await other.announce(.products([product]))
                    await other.announce(.products(nil))
                    await other.announce(.products([product]))
                }
                #expect(await events.next(isolation: nil) == .changed(.products(nil)), "all of them include each")
            }
        }
    }

    @Test func whatBuyersSeeOfScarceUnitsIsTold() async throws {
        try await OrderCore.with(processes: 1, stock: 12, limits: Self.limits) { cores, database in
            _ = try await database.sql(Fixture.carts(2))
            let sold = Mutex<[VariantID]>([])
            try await cores[0].loop.run {
                await cores[0].inventory.onSold { variants in sold.withLock { $0 += variants } }
            }
            let first = try await cores[0].loop.run {
                try await cores[0].orders.place(Fixture.order(0, key: 1, ids: cores[0].ids))
            }
            #expect(first == .placed)
            #expect(sold.withLock { $0 }.isEmpty, "eleven are left, and nobody sees how many")
            #expect(try await Self.place(cores[0], key: 2) == .placed)
            #expect(sold.withLock { $0 } == [Fixture.variant])
        }
    }
}

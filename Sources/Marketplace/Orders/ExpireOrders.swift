// SPDX-License-Identifier: Apache-2.0
public import Actors
public import Logging
public import MarketCore
public import MarketHTTP
public import UVRuntime

/// Ends unpaid orders whose time is over and gives their units back, exactly once.
///
/// The predicate stands in the database's UPDATE, so several processes may sweep at once; units move only by what a
/// reservation's transition returns (hot path rule 8).
///
/// - Isolation: an actor on the inventory's loop.
public final actor ReservationSweeper: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let store: OrderStore
    private let inventory: InventoryDirectory
    private let logger: Logger
    private let news: any ChangeNews
    private let ended: @Sendable ([OrderID]) async -> Void
    private var isSweeping = false
    /// Sweeps that are still to go round locked rows.
    private var sweepsSkipping = 0
    /// Orders ended by one statement; more wait for the next one of the same sweep.
    static let batch = 256
    /// After a lock time-out, sweeps go round locked rows for about a minute before one waits for them again.
    static let skippingMax = 60

    /// Makes a sweeper; a timer calls `sweep`.
    ///
    /// - Parameters:
    ///   - news: told which variants got units back.
    ///   - ended: told which orders each statement ended, after its commit.
    public init(
        executor: LoopExecutor, store: OrderStore, inventory: InventoryDirectory, logger: Logger,
        news: any ChangeNews = NoNews(),
        ended: @escaping @Sendable ([OrderID]) async -> Void = { _ in }
    ) {
        self.executor = executor
        self.store = store
        self.inventory = inventory
        self.logger = logger
        self.news = news
        self.ended = ended
    }

    /// Ends all orders that are due; returns how many. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        isSweeping = true
        defer { isSweeping = false }
        sweepsSkipping = max(sweepsSkipping - 1, 0)
        var count = 0
        do throws(JournalError) {
            while true {
                let (orders, stock) = try await expire()
                await inventory.adopt(stock)
                await news.announce(.stock(stock.map(\.variant)))
                await ended(orders)
                count += orders.count
                if orders.count < Self.batch { return count }
            }
        } catch {
            // Found again by the next sweep: the orders are still due.
            logger.warning("expiring orders failed", metadata: ["reason": "\(error)"])
            return count
        }
    }

    /// A row of stock that somebody keeps locked must not keep the orders of all others alive.
    private func expire() async throws(JournalError) -> (orders: [OrderID], stock: [StockRow]) {
        if sweepsSkipping == 0 {
            do throws(JournalError) {
                return try await store.expire(limit: Self.batch)
            } catch {
                guard error == .stuck else { throw error }
                sweepsSkipping = Self.skippingMax
                logger.warning("rows of stock are locked by others; sweeps go round them")
            }
        }
        return try await store.expire(limit: Self.batch, skippingLocked: true)
    }
}

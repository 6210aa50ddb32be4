// SPDX-License-Identifier: Apache-2.0
public import Actors
public import Logging
import MarketCore
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
    private var isSweeping = false
    /// Orders ended by one statement; more wait for the next one of the same sweep.
    static let batch = 256

    /// Makes a sweeper; a timer calls `sweep`.
    public init(executor: LoopExecutor, store: OrderStore, inventory: InventoryDirectory, logger: Logger) {
        self.executor = executor
        self.store = store
        self.inventory = inventory
        self.logger = logger
    }

    /// Ends all orders that are due; returns how many. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        isSweeping = true
        defer { isSweeping = false }
        var ended = 0
        do throws(JournalError) {
            while true {
                let (count, stock) = try await store.expire(limit: Self.batch)
                await inventory.adopt(stock)
                ended += count
                if count < Self.batch { return ended }
            }
        } catch {
            // Found again by the next sweep: the orders are still due.
            logger.warning("expiring orders failed", metadata: ["reason": "\(error)"])
            return ended
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Actors
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import UVRuntime

/// What happens to seller orders by itself: those that were not accepted in time are rejected, those whose return window is over are
/// completed, those of which nothing is left to be sent are cancelled.
///
/// Each is a transaction of its own under its order's lock, where the predicate stands once more: several processes may do it at once,
/// and who comes second finds it done.
///
/// - Isolation: an actor on the inventory's loop.
public final actor SellerOrderTimers: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let store: OrderStore
    private let inventory: InventoryDirectory
    private let ids: IDGenerator
    private let news: any ChangeNews
    private let logger: Logger
    private let moved: @Sendable ([OrderID]) async -> Void
    private var isSweeping = false
    private var due: UInt64 = 0
    /// Parts that could not be moved, and when each is tried again: the others are not kept waiting for them.
    private var failed: [SellerOrderID: UInt64] = [:]

    /// The job of a part that has not left and whose units were all refunded.
    public static let refundedKind = "seller_order.refunded"

    /// Parts of one look: each takes some milliseconds.
    static let batch = 64
    /// After a part that could not be moved, for it, and after a look that failed: due again at once, they must not be tried each second.
    static let pauseAfterFailure: Duration = .seconds(60)
    /// With more of them nothing is looked for until their pause is over: something larger is wrong.
    static let failedMax = 1000

    /// Makes the timers; a beat calls `sweepWhenDue`.
    ///
    /// - Parameters:
    ///   - news: told which variants got units back.
    ///   - moved: told which orders changed, after each commit.
    public init(
        executor: LoopExecutor, clock: any LoopClock, store: OrderStore, inventory: InventoryDirectory,
        ids: IDGenerator, news: any ChangeNews, logger: Logger, moved: @escaping @Sendable ([OrderID]) async -> Void
    ) {
        self.executor = executor
        self.clock = clock
        self.store = store
        self.inventory = inventory
        self.ids = ids
        self.news = news
        self.logger = logger
        self.moved = moved
    }

    /// Sweeps what has not just failed; for a timer.
    public func sweepWhenDue() async {
        let now = clock.now
        guard now >= due, !isSweeping else { return }
        failed = failed.filter { $0.value > now }
        guard failed.count < Self.failedMax else { return }
        await sweepRest()
    }

    /// Moves all parts that are due; returns how many. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        failed = [:]
        return await sweepRest()
    }

    @discardableResult
    private func sweepRest() async -> Int {
        isSweeping = true
        defer { isSweeping = false }
        var count = 0
        do {
            while failed.count < Self.failedMax {
                let parts = try await store.dueSellerOrders(limit: Self.batch, without: Array(failed.keys))
                for part in parts {
                    if try await move(part.part, to: part.target) {
                        count += 1
                    } else {
                        failed[part.part] = afterPause
                    }
                }
                if parts.count < Self.batch { break }
            }
        } catch {
            logger.warning("looking for due seller orders failed", metadata: ["reason": "\(error)"])
            due = afterPause
        }
        return count
    }

    /// Works off one job: nobody waits for what is not sent. One that has left or ended meanwhile stays as it is.
    public func endRefunded(_ job: Job) async throws {
        let part = try job.read { $0["seller_order_id"]?.int64.map { SellerOrderID(rawValue: $0) } }
        try await carry(part, to: .cancelled, reason: "everything was refunded")
    }

    private var afterPause: UInt64 {
        clock.now &+ UInt64(Self.pauseAfterFailure.components.seconds) &* 1_000_000_000
    }

    /// - Returns: false where it failed: the others go on.
    private func move(_ part: SellerOrderID, to target: SellerOrderStatus) async throws -> Bool {
        do {
            try await carry(
                part, to: target,
                reason: target == .rejected ? "not accepted in time" : "the return window is over")
            return true
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.error(
                "a seller order cannot be moved", metadata: ["seller_order": "\(part)", "reason": "\(error)"])
            return false
        }
    }

    private func carry(_ part: SellerOrderID, to target: SellerOrderStatus, reason: String) async throws {
        let result = try await store.move(
            SellerOrderMove(parts: [part], target: target, mover: .server, reason: reason), ids: ids, windowDays: 0)
        await inventory.adopt(result.stock)
        if let order = result.order { await moved([order]) }
        if !result.stock.isEmpty { await news.announce(.stock(result.stock.map(\.variant))) }
    }
}

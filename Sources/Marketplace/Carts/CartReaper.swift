// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import MarketCore
internal import Metrics
public import UVRuntime

/// Removes the carts of clients without an account that nobody came back to for thirty days, for the process that leads.
///
/// Nothing depends on it but the size of the table: who comes back later finds an empty cart under the same token. A process
/// that remembers a removed cart is told by its row, as of any change.
///
/// - Isolation: an actor on the process's first loop.
public final actor CartReaper: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let store: CartStore
    private let logger: Logger
    private let reaped = Counter(label: "mve_carts_reaped_total")
    /// Where the round goes on.
    private var position: CartID?
    private var isRunning = false
    private var due: UInt64 = 0

    /// Carts looked at in one statement; it locks only those that it deletes, for milliseconds.
    static let batch = 1000
    /// Statements of one sweep.
    static let batchesMax = 10
    /// Between two sweeps: 10,000 carts a minute are a round of a million in less than two hours.
    static let pause: Duration = .seconds(60)

    /// Makes a reaper whose first sweep is due at once.
    public init(executor: LoopExecutor, clock: any LoopClock, store: CartStore, logger: Logger) {
        self.executor = executor
        self.clock = clock
        self.store = store
        self.logger = logger
    }

    /// Sweeps if a minute has passed since the last time; for a timer.
    public func sweepWhenDue() async {
        guard clock.now >= due else { return }
        due = clock.now &+ Self.pause.wholeMilliseconds &* 1_000_000
        await sweep()
    }

    /// Goes on with the round; returns how many carts are gone. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isRunning else { return 0 }
        isRunning = true
        defer { isRunning = false }
        var count = 0
        do {
            for _ in 0..<Self.batchesMax {
                let (last, gone) = try await store.reapAnonymous(after: position, limit: Self.batch)
                count += gone
                reaped.increment(by: Int64(gone))
                position = last
                if last == nil { break }
            }
        } catch {
            logger.warning("forsaken carts were not removed", metadata: ["reason": "\(error)"])
        }
        return count
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import Metrics
public import UVRuntime

/// Removes jobs that were done long ago, for the process that leads.
///
/// Nothing depends on it but the size of the table. Two at a time pass each other by.
///
/// - Isolation: an actor on the process's first loop.
public final actor JobReaper: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let store: JobStore
    private let logger: Logger
    private let reaped = Counter(label: "mve_jobs_reaped_total")
    private var isRunning = false
    private var due: UInt64 = 0

    /// Rows of one statement: each commits by itself and locks for milliseconds.
    static let batch = 1000
    /// Batches of one sweep: 200,000 rows in a pause are more than the writers make in it.
    static let batchesMax = 200
    /// Between two sweeps that found the table clean.
    static let pause: Duration = .seconds(60)

    /// Makes a reaper whose first sweep is due at once.
    public init(executor: LoopExecutor, clock: any LoopClock, store: JobStore, logger: Logger) {
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

    /// Deletes what is old now; returns how many rows. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isRunning else { return 0 }
        isRunning = true
        defer { isRunning = false }
        var count = 0
        do {
            for _ in 0..<Self.batchesMax {
                let gone = try await store.reap(limit: Self.batch)
                count += gone
                reaped.increment(by: Int64(gone))
                if gone < Self.batch { break }
            }
        } catch {
            logger.warning("done jobs were not removed", metadata: ["reason": "\(error)"])
        }
        return count
    }
}

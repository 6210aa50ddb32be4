// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import Metrics
public import UVRuntime

/// Removes rows that count for nothing any more, for the process that leads.
///
/// Nothing depends on it but the size of a table. Two at a time pass each other by.
///
/// - Isolation: an actor on the process's first loop.
public final actor RowReaper: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let reap: @Sendable (_ limit: Int) async throws -> Int
    private let logger: Logger
    private let reaped: Counter
    private let complaint: Logger.Message
    private var isRunning = false
    private var due: UInt64 = 0

    /// Rows of one statement: each commits by itself and locks for milliseconds.
    static let batch = 1000
    /// Batches of one sweep: 200,000 rows in a pause are more than the writers make in it.
    static let batchesMax = 200
    /// Between two sweeps that found the table clean.
    static let pause: Duration = .seconds(60)

    /// Makes a reaper whose first sweep is due at once.
    ///
    /// - Parameters:
    ///   - reaped: counts the rows.
    ///   - complaint: what is said when it fails.
    ///   - reap: deletes dead rows, `limit` at most, and returns how many.
    private init(
        executor: LoopExecutor, clock: any LoopClock, logger: Logger, reaped: Counter, complaint: Logger.Message,
        reap: @escaping @Sendable (_ limit: Int) async throws -> Int
    ) {
        self.executor = executor
        self.clock = clock
        self.logger = logger
        self.reaped = reaped
        self.complaint = complaint
        self.reap = reap
    }

    /// Of idempotency keys that expired over an hour ago (contract C12): an expired row counts for nothing.
    public static func ofKeys(
        executor: LoopExecutor, clock: any LoopClock, store: KeyStore, logger: Logger
    ) -> RowReaper {
        RowReaper(
            executor: executor, clock: clock, logger: logger, reaped: Counter(label: "mve_idempotency_reaped_total"),
            complaint: "expired keys were not removed"
        ) { try await store.reap(limit: $0) }
    }

    /// Of jobs that were done long ago.
    public static func ofJobs(
        executor: LoopExecutor, clock: any LoopClock, store: JobStore, logger: Logger
    ) -> RowReaper {
        RowReaper(
            executor: executor, clock: clock, logger: logger, reaped: Counter(label: "mve_jobs_reaped_total"),
            complaint: "done jobs were not removed"
        ) { try await store.reap(limit: $0) }
    }

    /// Of accounts: tokens, sessions, proofs and failed log-ins that are over.
    ///
    /// - Parameter reap: deletes dead rows, and returns how many: fewer than `limit` when there are none left.
    public static func ofAccounts(
        executor: LoopExecutor, clock: any LoopClock, logger: Logger,
        reap: @escaping @Sendable (_ limit: Int) async throws -> Int
    ) -> RowReaper {
        RowReaper(
            executor: executor, clock: clock, logger: logger, reaped: Counter(label: "mve_account_rows_reaped_total"),
            complaint: "expired tokens and proofs were not removed", reap: reap)
    }

    /// Sweeps if a minute has passed since the last time; for a timer.
    public func sweepWhenDue() async {
        guard clock.now >= due else { return }
        due = clock.now &+ Self.pause.wholeMilliseconds &* 1_000_000
        await sweep()
    }

    /// Deletes what is dead now; returns how many rows. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isRunning else { return 0 }
        isRunning = true
        defer { isRunning = false }
        var count = 0
        do {
            for _ in 0..<Self.batchesMax {
                let gone = try await reap(Self.batch)
                count += gone
                reaped.increment(by: Int64(gone))
                if gone < Self.batch { break }
            }
        } catch {
            logger.warning(complaint, metadata: ["reason": "\(error)"])
        }
        return count
    }
}

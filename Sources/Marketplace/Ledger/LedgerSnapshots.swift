// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import Postgres
public import UVRuntime

/// Keeps the sums of accounts at most an hour behind, so that a balance of an account with millions of lines is a look-up and the lines of an
/// hour (migration 0064).
///
/// Nothing depends on it but the cost of a balance. For the process that leads; two at a time pass each other by.
///
/// - Isolation: an actor on the process's first loop.
public final actor LedgerSnapshots: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let wall: any WallClock
    private let store: LedgerStore
    private let logger: Logger
    private var isRunning = false
    private var due: UInt64 = 0

    /// Between two turns.
    static let pause: Duration = .seconds(60)
    /// How far the sums stay behind: no transaction is open for so long, so no entry with an earlier id is still to come.
    static let behind: Duration = .seconds(3600)
    /// Entries of one statement: some tens of milliseconds.
    static let batch = 5000
    /// Batches of one turn: a million entries are more than a minute brings.
    static let batchesMax = 200

    /// Makes an actor whose first turn is due at once.
    public init(
        executor: LoopExecutor, clock: any LoopClock, wall: any WallClock, client: any PostgresClient, logger: Logger
    ) {
        self.executor = executor
        self.clock = clock
        self.wall = wall
        store = LedgerStore(client: client)
        self.logger = logger
    }

    /// Works if a minute has passed since the last time; for a timer.
    public func stepWhenDue() async {
        guard clock.now >= due, !isRunning else { return }
        due = clock.now &+ Self.pause.wholeMilliseconds &* 1_000_000
        isRunning = true
        defer { isRunning = false }
        let upTo = max(0, (wall.now() - Self.behind).milliseconds - IDLayout.epochMilliseconds) << IDLayout.timeShift
        do {
            for _ in 0..<Self.batchesMax where try await store.snapshot(upTo: upTo, limit: Self.batch) { break }
        } catch {
            logger.warning("snapshots of accounts were not taken", metadata: ["reason": "\(error)"])
        }
    }
}

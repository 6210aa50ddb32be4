// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import Metrics
public import UVRuntime

/// Removes the words by which misspelt ones are corrected once no visible product has them, for the process that leads.
///
/// Nothing depends on it but the size of the table: who suggests a word looks whether a product has it.
///
/// - Isolation: an actor on the process's first loop.
public final actor SearchWordReaper: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let store: CatalogStore
    private let logger: Logger
    private let reaped = Counter(label: "mve_search_words_reaped_total")
    /// Where the round goes on.
    private var position = ""
    private var isRunning = false
    private var due: UInt64 = 0

    /// Words looked at in one statement, each a look-up of some milliseconds where many products have it.
    static let batch = 100
    /// Statements of one sweep.
    static let batchesMax = 5
    /// Between two sweeps: 500 words a minute are a round of 50,000 in two hours.
    static let pause: Duration = .seconds(60)

    /// Makes a reaper whose first sweep is due at once.
    public init(executor: LoopExecutor, clock: any LoopClock, store: CatalogStore, logger: Logger) {
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

    /// Goes on with the round; returns how many words are gone. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isRunning else { return 0 }
        isRunning = true
        defer { isRunning = false }
        var count = 0
        do {
            for _ in 0..<Self.batchesMax {
                let (last, gone) = try await store.pruneWords(after: position, limit: Self.batch)
                count += gone
                reaped.increment(by: Int64(gone))
                position = last ?? ""
                if last == nil { break }
            }
        } catch {
            logger.warning("words that no product has were not removed", metadata: ["reason": "\(error)"])
        }
        return count
    }
}

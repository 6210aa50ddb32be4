// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres
public import UVRuntime

/// The commission rules of a process, kept in memory: orders freeze them without a statement of their own.
///
/// Up to ``freshFor`` they are simply used; up to ``usableFor`` they are still used while one reload runs behind; older ones make
/// orders wait for the reload. News of rules make it forget at once. Rules that begin later are there already, and each order asks for
/// its own moment.
///
/// - Isolation: an actor on its loop; each loop has its own.
public final actor CommissionMemory: LoopActor {
    /// Rules change some times a day, and are announced.
    static let freshFor: Duration = .seconds(20)
    /// So old is what an order freezes at most where news were lost.
    static let usableFor: Duration = .seconds(60)

    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let load: @Sendable () async throws -> CommissionRules
    private var current: (rules: CommissionRules, asOf: UInt64)?
    private var reload: Task<CommissionRules, any Error>?
    /// The number of the newest reload, and of none where the rules were forgotten since it began.
    private var generation: UInt64 = 0

    /// Makes an empty memory over a look-up.
    init(
        executor: LoopExecutor, clock: any LoopClock, load: @escaping @Sendable () async throws -> CommissionRules
    ) {
        self.executor = executor
        self.clock = clock
        self.load = load
    }

    /// Makes an empty memory over the database.
    public init(executor: LoopExecutor, clock: any LoopClock, client: any PostgresClient) {
        self.init(executor: executor, clock: clock) { try await CommissionStore(client: client).current() }
    }

    /// The rules.
    ///
    /// - Throws: what the look-up throws, when nothing usable is in memory.
    public func rules() async throws -> CommissionRules {
        guard let current else { return try await startReload().value }
        let age = Duration.nanoseconds(Int64(clamping: clock.now &- current.asOf))
        if age >= Self.usableFor { return try await startReload().value }
        // A failure behind the scenes shows when the rules have become too old.
        if age >= Self.freshFor { _ = startReload() }
        return current.rules
    }

    /// The rules changed, or may have: the next order reads them, and a reload that began before is not kept.
    public func forget() {
        current = nil
        reload = nil
        generation &+= 1
    }

    private func startReload() -> Task<CommissionRules, any Error> {
        if let reload { return reload }
        generation &+= 1
        let own = generation
        let task = Task { try await runReload(own) }
        reload = task
        return task
    }

    private func runReload(_ own: UInt64) async throws -> CommissionRules {
        defer { if own == generation { reload = nil } }
        let asOf = clock.now
        let rules = try await load()
        if own == generation { current = (rules, asOf) }
        return rules
    }
}

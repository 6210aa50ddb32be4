// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

/// The category tree of a process, kept in memory.
///
/// Up to ``freshFor`` a tree is simply used; up to ``usableFor`` it is still used while one reload runs behind; older ones
/// make requests wait for the reload. However many ask, one reload runs at a time.
///
/// - Isolation: an actor on its loop.
final actor CategoryCache: LoopActor {
    /// Half of what clients may keep an answer for.
    static let freshFor: Duration = .seconds(15)
    /// What `stale-while-revalidate` allows a client as well.
    static let usableFor: Duration = .seconds(60)
    /// A category that the tree does not know may be new; asking again is allowed this often, whatever is asked for.
    static let retryAfter: Duration = .seconds(1)

    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let load: @Sendable () async throws -> [CategoryRow]
    private var current: (tree: CategoryTree, asOf: UInt64)?
    private var reload: Task<CategoryTree, any Error>?
    /// The number of the newest reload, and of none where the tree was forgotten since it began.
    private var generation: UInt64 = 0

    init(
        executor: LoopExecutor, clock: any LoopClock, load: @escaping @Sendable () async throws -> [CategoryRow]
    ) {
        self.executor = executor
        self.clock = clock
        self.load = load
    }

    /// The tree.
    ///
    /// - Throws: what the look-up throws, when nothing usable is in memory.
    func tree() async throws -> CategoryTree {
        guard let current else { return try await reloaded() }
        let age = age(current.asOf)
        if age >= Self.usableFor { return try await reloaded() }
        // A failure behind the scenes shows when the tree has become too old.
        if age >= Self.freshFor { _ = startReload() }
        return current.tree
    }

    /// A tree that knows `category`, or the newest there is.
    func tree(knowing category: CategoryID) async throws -> CategoryTree {
        let tree = try await tree()
        if tree.contains(category) { return tree }
        if let current, age(current.asOf) < Self.retryAfter { return current.tree }
        return try await reloaded()
    }

    /// The tree or its sellers changed, or may have: the next request reads it, and a reload that began before is not kept.
    func forget() {
        current = nil
        reload = nil
        generation &+= 1
    }

    private func age(_ asOf: UInt64) -> Duration {
        .nanoseconds(Int64(clamping: clock.now &- asOf))
    }

    private func reloaded() async throws -> CategoryTree {
        try await startReload().value
    }

    private func startReload() -> Task<CategoryTree, any Error> {
        if let reload { return reload }
        generation &+= 1
        let own = generation
        let task = Task { try await runReload(own) }
        reload = task
        return task
    }

    private func runReload(_ own: UInt64) async throws -> CategoryTree {
        defer { if own == generation { reload = nil } }
        let asOf = clock.now
        let tree = CategoryTree(try await load())
        if own == generation { current = (tree, asOf) }
        return tree
    }
}

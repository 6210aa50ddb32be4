// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

/// The category tree of a process, kept in memory.
///
/// Up to ``freshFor`` a tree is simply used; up to ``usableFor`` it is still used while one reload runs behind; older ones
/// make requests wait for the reload. However many ask, one reload runs at a time.
///
/// Products that appear or go change how many each category has (``expire()``), often: a table that a seller imports does so with
/// every chunk. A tree without the last of them is used for ``countsFor``, and so is a reload that began before them; then
/// requests wait for the next one.
///
/// - Isolation: an actor on its loop.
final actor CategoryCache: LoopActor {
    /// Half of what clients may keep an answer for.
    static let freshFor: Duration = .seconds(15)
    /// What `stale-while-revalidate` allows a client as well.
    static let usableFor: Duration = .seconds(60)
    /// A category that the tree does not know may be new; asking again is allowed this often, whatever is asked for.
    static let retryAfter: Duration = .seconds(1)
    /// Half of the 100 ms in which a commit has to show; the other half is for the news and for the reload. It bounds the reloads to
    /// twenty a second, each of which counts all products that are for sale.
    static let countsFor: Duration = .milliseconds(50)

    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let load: @Sendable () async throws -> [CategoryRow]

    /// When a reload began, and what it cannot have missed.
    private struct Origin {
        /// Of reloads, in their order.
        let number: UInt64
        let asOf: UInt64
        /// ``changes`` then.
        let changes: UInt64
        /// ``epoch`` then.
        let epoch: UInt64
    }

    private var current: (tree: CategoryTree, origin: Origin)?
    /// The newest one.
    private var reload: (task: Task<CategoryTree, any Error>, origin: Origin)?
    private var begun: UInt64 = 0
    /// How often products have changed.
    private var changes: UInt64 = 0
    /// How often everything was forgotten.
    private var epoch: UInt64 = 0

    init(
        executor: LoopExecutor, clock: any LoopClock, load: @escaping @Sendable () async throws -> [CategoryRow]
    ) {
        self.executor = executor
        self.clock = clock
        self.load = load
    }

    /// The tree.
    ///
    /// - Parameter isCounted: whether the numbers of products matter; who asks only which category is below which does not wait for them.
    /// - Throws: what the look-up throws, when nothing usable is in memory.
    func tree(isCounted: Bool = true) async throws -> CategoryTree {
        guard let current, !isCounted || isCurrent(current.origin) else { return try await reloaded() }
        let age = age(current.origin)
        if age >= Self.usableFor { return try await reloaded() }
        // A failure behind the scenes shows when the tree has become too old.
        if age >= Self.freshFor { _ = startReload() }
        return current.tree
    }

    /// A tree that knows `category`, or the newest there is.
    func tree(knowing category: CategoryID, isCounted: Bool = true) async throws -> CategoryTree {
        let tree = try await tree(isCounted: isCounted)
        if tree.contains(category) { return tree }
        if let current, age(current.origin) < Self.retryAfter { return current.tree }
        return try await reloaded()
    }

    /// The tree or its sellers changed, or may have: the next request reads it, and a reload that began before is not kept.
    func forget() {
        current = nil
        reload = nil
        epoch &+= 1
    }

    /// Products appeared, went or moved, or may have: the tree is right, its counts are not.
    func expire() { changes &+= 1 }

    private func age(_ origin: Origin) -> Duration {
        .nanoseconds(Int64(clamping: clock.now &- origin.asOf))
    }

    /// Whether what was read then has the products of now, but for the last moment.
    private func isCurrent(_ origin: Origin) -> Bool {
        origin.changes == changes || age(origin) < Self.countsFor
    }

    private func reloaded() async throws -> CategoryTree {
        try await startReload().value
    }

    private func startReload() -> Task<CategoryTree, any Error> {
        if let reload, isCurrent(reload.origin) { return reload.task }
        begun &+= 1
        let origin = Origin(number: begun, asOf: clock.now, changes: changes, epoch: epoch)
        let task = Task { try await runReload(origin) }
        reload = (task, origin)
        return task
    }

    private func runReload(_ origin: Origin) async throws -> CategoryTree {
        defer { if reload?.origin.number == origin.number { reload = nil } }
        let tree = CategoryTree(try await load())
        // One that began later has missed less.
        if origin.epoch == epoch, current.map({ $0.origin.number < origin.number }) ?? true { current = (tree, origin) }
        return tree
    }
}

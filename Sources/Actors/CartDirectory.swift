// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import UVRuntime

/// Finds, activates and passivates the carts of one shard: never two actors for one cart.
///
/// - Isolation: an actor on the shard's loop.
public final actor CartShard: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let limits: CartLimits
    private let journal: any CartJournal
    private let writer: CartWriter
    private let newID: @Sendable () -> CartID
    private var carts: [CartOwner: CartActor] = [:]

    init(
        executor: LoopExecutor, clock: any LoopClock, limits: CartLimits, journal: any CartJournal, writer: CartWriter,
        newID: @escaping @Sendable () -> CartID
    ) {
        self.executor = executor
        self.clock = clock
        self.limits = limits
        self.journal = journal
        self.writer = writer
        self.newID = newID
    }

    /// Hands a cart out until `CartActor.giveBack`.
    func lend(_ owner: CartOwner) throws -> CartActor {
        let cart = try carts[owner] ?? activate(owner)
        cart.assumeIsolated { $0.lend(at: clock.now) }
        return cart
    }

    private func activate(_ owner: CartOwner) throws -> CartActor {
        // An eighth at a time, so that a full shard does not sort itself for every new cart; at least one.
        if carts.count >= limits.activePerShard {
            passivate(olderThan: .zero, atMost: max(1, limits.activePerShard / 8))
        }
        guard carts.count < limits.activePerShard else { throw MailboxError.overloaded }
        let cart = CartActor(executor: executor, owner: owner, journal: journal, writer: writer, newID: newID)
        carts[owner] = cart
        return cart
    }

    /// Drops carts that nobody used for a while; a cart with work, or in somebody's hands, stays. One synchronous step.
    func passivate(olderThan age: Duration, atMost: Int) {
        let now = clock.now
        let idle = age.wholeMilliseconds &* 1_000_000
        let candidates = carts.compactMap { owner, cart -> (CartOwner, UInt64)? in
            cart.assumeIsolated { cart in
                cart.isIdle && now &- cart.lastUsed >= idle ? (owner, cart.lastUsed) : nil
            }
        }
        // Equal ages in an order of their own, so that a simulation repeats.
        let oldest = candidates.sorted { ($0.1, $0.0.shardKey) < ($1.1, $1.0.shardKey) }
        for (owner, _) in oldest.prefix(atMost) { carts[owner] = nil }
    }

    func forget(_ owner: CartOwner) async {
        await carts[owner]?.forget()
    }

    /// - Cost: a look at every cart of the shard.
    func renew(_ changed: Set<CartID>) async {
        for cart in carts.values where cart.assumeIsolated({ $0.isAmong(changed) }) { await cart.renew() }
    }

    func forgetAll() {
        for cart in carts.values { cart.assumeIsolated { $0.forget() } }
    }

    func isInMemory(_ owner: CartOwner) -> Bool {
        carts[owner]?.assumeIsolated { $0.isInMemory } ?? false
    }

    var count: Int { carts.count }
}

/// The carts of a process, spread over shards by owner.
public struct CartDirectory: Sendable {
    private let shards: [CartShard]
    private let limits: CartLimits
    private let writer: CartWriter

    /// Makes one shard per executor given; the count is a power of two. The changes of all shards share batches, which are
    /// sent from the first executor.
    ///
    /// - Parameter random: draws jitter for resends.
    public init(
        executors: [LoopExecutor], clocks: [any LoopClock], limits: CartLimits, journal: any CartJournal,
        logger: Logger, random: @escaping @Sendable () -> UInt64, newID: @escaping @Sendable () -> CartID
    ) {
        precondition(
            !executors.isEmpty && executors.count & (executors.count - 1) == 0, "shard counts are powers of two")
        precondition(limits.activePerShard >= 2, "a merge needs two carts, which may be of one shard")
        self.limits = limits
        let writer = CartWriter(
            executor: executors[0], clock: clocks[0], limits: limits.writes, journal: journal, logger: logger,
            random: random)
        self.writer = writer
        shards = zip(executors, clocks).map {
            CartShard(executor: $0, clock: $1, limits: limits, journal: journal, writer: writer, newID: newID)
        }
    }

    private func shard(of owner: CartOwner) -> CartShard {
        shards[ShardHash.index(owner.shardKey, count: shards.count)]
    }

    /// Lends the actor of an owner's cart to a body, activated if need be.
    ///
    /// While somebody has it, it is not passivated, whether or not work of it has reached the mailbox: so there is never a
    /// second actor of one cart (hot path rule 10). The body must not keep it.
    ///
    /// - Throws: `MailboxError.overloaded` when the shard is full of carts that are all in use, else what `body` throws.
    public func withCart<Value>(
        of owner: CartOwner, _ body: (CartActor) async throws -> sending Value
    ) async throws -> sending Value {
        let cart = try await shard(of: owner).lend(owner)
        defer { cart.giveBack() }
        return try await body(cart)
    }

    /// Whether the owner's cart can be used without a read. Another one may come before the answer is acted on: a hint.
    public func isInMemory(_ owner: CartOwner) async -> Bool {
        await shard(of: owner).isInMemory(owner)
    }

    /// Has the owner's cart read its row before it is used again.
    public func forget(_ owner: CartOwner) async {
        await shard(of: owner).forget(owner)
    }

    /// Has carts read their rows before they are used next, after the changes of them that are under way: somebody has committed a
    /// change of theirs elsewhere.
    public func renew(_ carts: [CartID]) async {
        let carts = Set(carts)
        for shard in shards { await shard.renew(carts) }
    }

    /// Has every cart read its row before it is used again: changes of other processes may have been missed.
    public func forgetAll() async {
        for shard in shards { await shard.forgetAll() }
    }

    /// Drops carts that were idle for `limits.idle`. For a timer.
    public func passivateIdle() async {
        for shard in shards { await shard.passivate(olderThan: limits.idle, atMost: .max) }
    }

    /// Changes of carts that wait for a batch.
    public var depth: Int {
        get async { await writer.depth }
    }

    /// Refuses changes from now on and waits for those that are queued.
    public func shutDown() async throws {
        try await writer.shutDown()
    }

    /// Carts in memory.
    public var activeCount: Int {
        get async {
            var count = 0
            for shard in shards { count += await shard.count }
            return count
        }
    }
}

/// Bounds of the carts in memory.
public struct CartLimits: Sendable {
    /// Carts in memory per shard, two or more; about 1 KB each, so 16 shards of 4,096 are 64 MB. Past it the least used
    /// leave; when all are in use, one more is refused.
    public var activePerShard: Int
    /// Unused for so long, a cart leaves memory.
    public var idle: Duration
    /// Of their changes, over all shards.
    public var writes: CartWriteLimits

    /// States the bounds.
    public init(
        activePerShard: Int = 4096, idle: Duration = .seconds(600), writes: CartWriteLimits = CartWriteLimits()
    ) {
        self.activePerShard = activePerShard
        self.idle = idle
        self.writes = writes
    }
}

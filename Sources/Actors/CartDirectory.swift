// SPDX-License-Identifier: Apache-2.0
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
    private let newID: @Sendable () -> CartID
    private var carts: [CartOwner: CartActor] = [:]

    init(
        executor: LoopExecutor, clock: any LoopClock, limits: CartLimits, journal: any CartJournal,
        newID: @escaping @Sendable () -> CartID
    ) {
        self.executor = executor
        self.clock = clock
        self.limits = limits
        self.journal = journal
        self.newID = newID
    }

    func cart(of owner: CartOwner) throws -> CartActor {
        if let cart = carts[owner] {
            cart.assumeIsolated { $0.use(at: clock.now) }
            return cart
        }
        // An eighth at a time, so that a full shard does not sort itself for every new cart; at least one.
        if carts.count >= limits.activePerShard {
            passivate(olderThan: .zero, atMost: max(1, limits.activePerShard / 8))
        }
        guard carts.count < limits.activePerShard else { throw MailboxError.overloaded }
        let cart = CartActor(executor: executor, owner: owner, journal: journal, newID: newID)
        // Who gets it may be on another loop: until the first use arrives, passivation must not take it for idle.
        cart.assumeIsolated { $0.use(at: clock.now) }
        carts[owner] = cart
        return cart
    }

    /// Drops carts that nobody used for a while; a cart with work stays. One synchronous step.
    func passivate(olderThan age: Duration, atMost: Int) {
        let now = clock.now
        let idle = age.wholeMilliseconds &* 1_000_000
        let candidates = carts.compactMap { owner, cart -> (CartOwner, UInt64)? in
            cart.assumeIsolated { cart in
                cart.isIdle && now &- cart.lastUsed >= idle ? (owner, cart.lastUsed) : nil
            }
        }
        for (owner, _) in candidates.sorted(by: { $0.1 < $1.1 }).prefix(atMost) { carts[owner] = nil }
    }

    func forget(_ owner: CartOwner) async {
        await carts[owner]?.forget()
    }

    func forgetAll() {
        for cart in carts.values { cart.assumeIsolated { $0.forget() } }
    }

    var count: Int { carts.count }
}

/// The carts of a process, spread over shards by owner.
public struct CartDirectory: Sendable {
    private let shards: [CartShard]
    private let limits: CartLimits

    /// Makes one shard per executor given; the count is a power of two.
    public init(
        executors: [LoopExecutor], clocks: [any LoopClock], limits: CartLimits, journal: any CartJournal,
        newID: @escaping @Sendable () -> CartID
    ) {
        precondition(
            !executors.isEmpty && executors.count & (executors.count - 1) == 0, "shard counts are powers of two")
        self.limits = limits
        shards = zip(executors, clocks).map {
            CartShard(executor: $0, clock: $1, limits: limits, journal: journal, newID: newID)
        }
    }

    /// The actor of an owner's cart, activated if need be.
    ///
    /// - Throws: `MailboxError.overloaded` when the shard is full of carts that all have work.
    public func cart(of owner: CartOwner) async throws -> CartActor {
        try await shards[ShardHash.index(owner.shardKey, count: shards.count)].cart(of: owner)
    }

    /// Has the owner's cart read its row before it is used again.
    public func forget(_ owner: CartOwner) async {
        await shards[ShardHash.index(owner.shardKey, count: shards.count)].forget(owner)
    }

    /// Has every cart read its row before it is used again: changes of other processes may have been missed.
    public func forgetAll() async {
        for shard in shards { await shard.forgetAll() }
    }

    /// Drops carts that were idle for `limits.idle`. For a timer.
    public func passivateIdle() async {
        for shard in shards { await shard.passivate(olderThan: limits.idle, atMost: .max) }
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
    /// Carts in memory per shard; about 1 KB each, so 16 shards of 4,096 are 64 MB. Past it the least used leave.
    public var activePerShard: Int
    /// Unused for so long, a cart leaves memory.
    public var idle: Duration

    /// States the bounds.
    public init(activePerShard: Int = 4096, idle: Duration = .seconds(600)) {
        self.activePerShard = activePerShard
        self.idle = idle
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
public import MarketCore
public import UVRuntime

/// Owns the idempotency keys of its shard while their requests run, and their answers for a while after.
///
/// It joins concurrent duplicates without a connection and changes state without an await. The row in PostgreSQL decides
/// (hot path rule 12); this table may be lost at any time.
public final actor IdempotencyActor: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let limits: IdempotencyLimits
    private var entries: [Hash32: Entry] = [:]
    /// Finished keys in the order in which they leave; those that left already are skipped.
    private var finished = Deque<(digest: Hash32, expires: UInt64)>()

    private enum Entry {
        case running(fingerprint: Hash32, waiters: [Waiter])
        case done(fingerprint: Hash32, answer: StoredAnswer, expires: UInt64)
    }

    private struct Waiter {
        let number: UInt64
        let continuation: LoopContinuation<Decision>
    }

    private var nextWaiter: UInt64 = 0

    /// What the caller has to do.
    public enum Decision: Sendable, Equatable {
        /// Run the request, then call `finish` or `abandon`, whatever happens.
        case execute
        /// Give this answer again.
        case replay(StoredAnswer)
        /// 409 `idempotency-key-reused`.
        case reused
        /// 409 `idempotency-in-progress`.
        case inProgress
    }

    /// Makes an empty shard.
    public init(executor: LoopExecutor, clock: any LoopClock, limits: IdempotencyLimits) {
        self.executor = executor
        self.clock = clock
        self.limits = limits
    }

    /// Claims a key for this process, joins the request that has it, or gives its answer.
    func begin(_ digest: Hash32, _ fingerprint: Hash32) async throws -> Decision {
        switch entries[digest] {
        case .done(let known, let answer, let expires) where expires > clock.now:
            return known == fingerprint ? .replay(answer) : .reused
        case .running(let known, _) where known != fingerprint:
            return .reused
        case .running:
            return try await join(digest, fingerprint)
        case .done, nil:
            entries[digest] = .running(fingerprint: fingerprint, waiters: [])
            return .execute
        }
    }

    private func join(_ digest: Hash32, _ fingerprint: Hash32) async throws -> Decision {
        try await withLoopContinuation { continuation in
            guard case .running(let known, var waiters)? = entries[digest], known == fingerprint,
                waiters.count < limits.waitersPerKey
            else {
                continuation.resume(returning: .inProgress)
                return
            }
            let number = nextWaiter
            nextWaiter += 1
            waiters.append(Waiter(number: number, continuation: continuation))
            entries[digest] = .running(fingerprint: known, waiters: waiters)
            _ = clock.schedule(after: limits.waiting) { [self] in
                assumeIsolated { $0.giveUp(digest, number) }
            }
        }
    }

    private func giveUp(_ digest: Hash32, _ number: UInt64) {
        guard case .running(let fingerprint, var waiters)? = entries[digest],
            let index = waiters.firstIndex(where: { $0.number == number })
        else { return }
        let waiter = waiters.remove(at: index)
        entries[digest] = .running(fingerprint: fingerprint, waiters: waiters)
        waiter.continuation.resume(returning: .inProgress)
    }

    /// Keeps the answer and gives it to those who joined.
    ///
    /// - Parameter kept: how long the answer stays here, shorter than its row lives.
    func finish(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, kept: Duration) {
        let waiters = waitersOf(digest)
        let expires = clock.now &+ kept.wholeMilliseconds &* 1_000_000
        entries[digest] = .done(fingerprint: fingerprint, answer: answer, expires: expires)
        finished.append((digest, expires))
        evict()
        for waiter in waiters { waiter.continuation.resume(returning: .replay(answer)) }
    }

    /// Drops an answer that is nowhere else; a newer one stays.
    func forget(_ digest: Hash32, _ answer: StoredAnswer) {
        if case .done(_, let known, _)? = entries[digest], known == answer { entries[digest] = nil }
    }

    /// The key belongs to another request: those who joined are told too.
    func finishReused(_ digest: Hash32) {
        let waiters = waitersOf(digest)
        entries[digest] = nil
        for waiter in waiters { waiter.continuation.resume(returning: .reused) }
    }

    /// The request ended without an answer to keep: the first who joined runs it, the others go on waiting.
    func abandon(_ digest: Hash32) {
        guard case .running(let fingerprint, var waiters)? = entries[digest] else { return }
        if waiters.isEmpty {
            entries[digest] = nil
        } else {
            let next = waiters.removeFirst()
            entries[digest] = .running(fingerprint: fingerprint, waiters: waiters)
            next.continuation.resume(returning: .execute)
        }
    }

    private func waitersOf(_ digest: Hash32) -> [Waiter] {
        if case .running(_, let waiters)? = entries[digest] { waiters } else { [] }
    }

    private func evict() {
        let now = clock.now
        while let first = finished.first, finished.count > limits.answersPerShard || first.expires <= now {
            finished.removeFirst()
            // A newer answer of the same key has its own place further back.
            if case .done(_, _, let expires)? = entries[first.digest], expires == first.expires {
                entries[first.digest] = nil
            }
        }
    }

    /// Keys that run or are kept.
    public var count: Int { entries.count }
}

/// Bounds of the idempotency table.
public struct IdempotencyLimits: Sendable {
    /// Duplicates that may join one key; past it 409 in progress at once.
    public var waitersPerKey: Int
    /// How long they wait.
    public var waiting: Duration
    /// Finished answers kept per shard; PostgreSQL keeps them all. At 2 KB each, 16 shards of 2,048 are 64 MB.
    public var answersPerShard: Int

    /// States the bounds; the defaults are the contract's.
    public init(waitersPerKey: Int = 1024, waiting: Duration = .seconds(10), answersPerShard: Int = 2048) {
        self.waitersPerKey = waitersPerKey
        self.waiting = waiting
        self.answersPerShard = answersPerShard
    }
}

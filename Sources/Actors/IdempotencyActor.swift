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
    private var finished = Deque<Finished>()
    /// Of the answers in `finished`, those that left already included: never less than is kept.
    private var finishedBytes = 0

    private enum Entry {
        /// `begun` is when this process claimed it: the row that it makes is no older.
        case running(fingerprint: Hash32, begun: UInt64, waiters: [Waiter])
        case done(fingerprint: Hash32, answer: StoredAnswer, expires: UInt64)
    }

    private struct Finished {
        let digest: Hash32
        let expires: UInt64
        let bytes: Int
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
        case .running(let known, _, _) where known != fingerprint:
            return .reused
        case .running:
            return try await join(digest, fingerprint)
        case .done, nil:
            entries[digest] = .running(fingerprint: fingerprint, begun: clock.now, waiters: [])
            return .execute
        }
    }

    private func join(_ digest: Hash32, _ fingerprint: Hash32) async throws -> Decision {
        try await withLoopContinuation { continuation in
            guard case .running(let known, let begun, var waiters)? = entries[digest], known == fingerprint,
                waiters.count < limits.waitersPerKey
            else {
                continuation.resume(returning: .inProgress)
                return
            }
            let number = nextWaiter
            nextWaiter += 1
            waiters.append(Waiter(number: number, continuation: continuation))
            entries[digest] = .running(fingerprint: known, begun: begun, waiters: waiters)
            _ = clock.schedule(after: limits.waiting) { [self] in
                assumeIsolated { $0.giveUp(digest, number) }
            }
        }
    }

    private func giveUp(_ digest: Hash32, _ number: UInt64) {
        guard case .running(let fingerprint, let begun, var waiters)? = entries[digest],
            let index = waiters.firstIndex(where: { $0.number == number })
        else { return }
        let waiter = waiters.remove(at: index)
        entries[digest] = .running(fingerprint: fingerprint, begun: begun, waiters: waiters)
        waiter.continuation.resume(returning: .inProgress)
    }

    /// How long the row of an answer lives.
    enum RowLife: Sendable {
        /// It was made by the request that has the key now, for so long.
        case made(retention: Duration)
        /// It was read since, and had so long to live then.
        case read(remaining: Duration)
    }

    /// Gives the answer to those who joined, and keeps it for as long as its row surely lives.
    ///
    /// - Returns: how long the answer may be remembered; nil when the row is too near its end.
    @discardableResult
    func finish(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, _ life: RowLife) -> Duration? {
        let waiters = waitersOf(digest)
        let kept = keepable(digest, life)
        if let kept {
            let expires = clock.now &+ kept.wholeMilliseconds &* 1_000_000
            entries[digest] = .done(fingerprint: fingerprint, answer: answer, expires: expires)
            let bytes = answer.byteCount
            finished.append(Finished(digest: digest, expires: expires, bytes: bytes))
            finishedBytes += bytes
            evict()
        } else {
            entries[digest] = nil
        }
        for waiter in waiters { waiter.continuation.resume(returning: .replay(answer)) }
        return kept
    }

    /// Copies end before the row (hot path rule 12), with a margin for clocks that run apart.
    private func keepable(_ digest: Hash32, _ life: RowLife) -> Duration? {
        // Counted from the claim, also for a row that was read since: its reply may have taken a while.
        var age: UInt64 = 0
        if case .running(_, let begun, _)? = entries[digest] { age = clock.now &- begun }
        let life =
            switch life {
            case .made(let retention): retention
            case .read(let remaining): remaining
            }
        let left = life - .nanoseconds(Int64(clamping: age))
        let kept = min(left - min(left / 8, Self.lifeMargin), Self.keptMax)
        return kept > .milliseconds(1) ? kept : nil
    }

    private static let lifeMargin: Duration = .seconds(60)
    /// Retries come soon; what is asked for later is read from the row.
    private static let keptMax: Duration = .seconds(3600)

    /// Takes over a row that was found where a refusal was to be written behind it. A request that runs under the key, perhaps
    /// another one than the row's, finds the row by itself and alone ends its turn.
    ///
    /// - Returns: how long the answer may be remembered; nil when it is not kept.
    func replace(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, remaining: Duration) -> Duration? {
        if case .running? = entries[digest] { return nil }
        return finish(digest, fingerprint, answer, .read(remaining: remaining))
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
        guard case .running(let fingerprint, _, var waiters)? = entries[digest] else { return }
        if waiters.isEmpty {
            entries[digest] = nil
        } else {
            let next = waiters.removeFirst()
            entries[digest] = .running(fingerprint: fingerprint, begun: clock.now, waiters: waiters)
            next.continuation.resume(returning: .execute)
        }
    }

    private func waitersOf(_ digest: Hash32) -> [Waiter] {
        if case .running(_, _, let waiters)? = entries[digest] { waiters } else { [] }
    }

    private func evict() {
        let now = clock.now
        while let first = finished.first, isFull || first.expires <= now {
            finished.removeFirst()
            finishedBytes -= first.bytes
            // A newer answer of the same key has its own place further back.
            if case .done(_, _, let expires)? = entries[first.digest], expires == first.expires {
                entries[first.digest] = nil
            }
        }
    }

    private var isFull: Bool {
        finished.count > limits.answersPerShard || finishedBytes > limits.answerBytesPerShard
    }

    /// Keys that run or are kept.
    public var count: Int { entries.count }

    /// Duplicates that wait for a running request.
    var waiterCount: Int {
        entries.values.reduce(0) { sum, entry in
            if case .running(_, _, let waiters) = entry { sum + waiters.count } else { sum }
        }
    }
}

/// Bounds of the idempotency table.
public struct IdempotencyLimits: Sendable {
    /// Duplicates that may join one key; past it 409 in progress at once.
    public var waitersPerKey: Int
    /// How long they wait.
    public var waiting: Duration
    /// Finished answers kept per shard; PostgreSQL keeps them all.
    public var answersPerShard: Int
    /// The bytes of these answers: an order's has about 4 KB, so that 16 shards keep the last 6,000 orders in 24 MB.
    public var answerBytesPerShard: Int

    /// States the bounds; the defaults are the contract's.
    public init(
        waitersPerKey: Int = 1024, waiting: Duration = .seconds(10), answersPerShard: Int = 2048,
        answerBytesPerShard: Int = 3 << 19
    ) {
        self.waitersPerKey = waitersPerKey
        self.waiting = waiting
        self.answersPerShard = answersPerShard
        self.answerBytesPerShard = answerBytesPerShard
    }
}

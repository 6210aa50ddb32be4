// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import MarketCore
internal import Metrics
internal import UVRuntime

/// Commits the changes of a process's carts: gathers what queued while the last batch was in flight, and commits all of it in
/// one transaction.
///
/// Each change stands alone in its batch: what is refused, or waits for somebody, stops none of its neighbours.
///
/// - Isolation: an actor on its loop; the carts may be on others.
final actor CartWriter: LoopActor {
    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let limits: CartWriteLimits
    private let busyKeys: BusyKeys
    private let mailbox: BatchingMailbox<CartWrite, Written>

    /// What became of a change in its batch.
    private struct Written: Sendable {
        let outcome: CartWriteOutcome
        /// A reply of the batch was lost before this one came.
        let isInDoubt: Bool
    }

    /// What became of a change.
    enum Outcome: Sendable, Equatable {
        /// Committed by this call.
        case saved
        /// The key has this write's answer, from a try before whose reply was lost. That try may have been another decision
        /// of the same request: what the cart is, its row tells.
        case answered
        /// The cart is at another version: it is to be decided anew.
        case moved
        /// The key was used before; compare fingerprints: replay or refuse.
        case known(fingerprint: Hash32, answer: StoredAnswer)
        /// Another process works on the key; or, in doubt, our own first try of this change does.
        case keyBusy(isInDoubt: Bool)
    }

    /// How long somebody has been waiting for a key.
    struct KeyWait: Sendable {
        fileprivate let deadline: UInt64
        fileprivate var attempt = 0
    }

    /// What the wait for a key came to.
    enum Waited: Sendable {
        /// Whoever had it finished it.
        case finished(fingerprint: Hash32, answer: StoredAnswer)
        /// It may be free now.
        case again(KeyWait)
        /// The waiting is over.
        case tooLong
    }

    /// Makes a writer with an empty mailbox.
    ///
    /// - Parameter random: draws jitter for resends.
    init(
        executor: LoopExecutor, clock: any LoopClock, limits: CartWriteLimits, journal: any CartJournal, logger: Logger,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.executor = executor
        self.clock = clock
        self.limits = limits
        busyKeys = BusyKeys(executor: executor, clock: clock, journal: journal)
        let retry = BatchRetry<CartWrite, Written>(
            actor: "cart", clock: clock, limits: limits.retry, logger: logger, random: random
        ) { writes, attempt throws(JournalError) in
            CrashPoint.reach(.cartSent, EventLoop.afterFlush)
            let outcomes = try await journal.save(writes)
            CrashPoint.reach(.cartReplyReceived)
            return outcomes.map { Written(outcome: $0, isInDoubt: attempt.mayBeOwn) }
        }
        let sizes = Recorder(label: "mve_batch_size", dimensions: [("actor", "cart")])
        mailbox = BatchingMailbox(
            executor: executor,
            limits: .init(
                capacity: limits.capacity, batch: limits.batch, inFlight: limits.inFlight,
                halvedFrom: limits.halvedFrom), clock: clock,
            keys: { $0.exclusionKeys }
        ) { batch in
            sizes.record(batch.count)
            return await retry.write(batch)
        }
    }

    /// Commits a change, or says why not.
    ///
    /// - Throws: `MailboxError` before anything was sent; `JournalError`, `.unknownOutcome` whenever it may be committed.
    /// - Cancellation: has no effect once queued.
    func save(_ write: CartWrite) async throws -> Outcome {
        let deadline = clock.now &+ limits.cartWaiting.wholeMilliseconds &* 1_000_000
        var isInDoubt = false
        var pause = Self.pauseMin
        while true {
            let outcome: CartWriteOutcome
            do {
                let written = try await mailbox.send(write)
                isInDoubt = isInDoubt || written.isInDoubt
                outcome = written.outcome
            } catch {
                // What an earlier try sent may be committed, whatever this one ran into.
                throw isInDoubt ? JournalError.unknownOutcome : error
            }
            switch outcome {
            case .saved: return .saved
            case .moved(let version):
                guard isInDoubt, write.key == nil, version.map({ $0 > write.expectedVersion + 1 }) ?? true else {
                    // Who ends a membership holds its row for a moment: deciding anew at once would find the same.
                    if version == nil { try await clock.pause(for: Self.goneFor) }
                    return .moved
                }
                // Others have changed the cart since; the first of these changes may have been ours.
                throw JournalError.unknownOutcome
            case .known(let fingerprint, let answer):
                return isInDoubt && write.hasKey(fingerprint, answer)
                    ? .answered : .known(fingerprint: fingerprint, answer: answer)
            case .keyBusy: return .keyBusy(isInDoubt: isInDoubt)
            case .cartBusy:
                guard clock.now < deadline else { throw isInDoubt ? JournalError.unknownOutcome : .stuck }
                try await clock.pause(for: pause)
                pause = min(pause * 2, Self.pauseMax)
            }
        }
    }

    /// Pauses between two tries of a cart that others have locked: 1, 2, 4 … 64 ms. Their batches last a few.
    private static let pauseMin = Duration.milliseconds(1)
    private static let pauseMax = Duration.milliseconds(64)

    /// Pause before a change is decided anew whose cart or membership was not there.
    private static let goneFor = Duration.milliseconds(8)

    /// Waits a while for a key that another process works on.
    ///
    /// - Parameter earlier: what the wait for this key came to before; nil at first.
    func wait(for digest: Hash32, after earlier: KeyWait?) async throws -> Waited {
        var wait =
            earlier ?? KeyWait(deadline: clock.now &+ limits.keyWaiting.wholeMilliseconds &* 1_000_000)
        guard clock.now < wait.deadline else { return .tooLong }
        if case .finished(let fingerprint, let answer, _)? = try await busyKeys.poll(digest, attempt: wait.attempt) {
            return .finished(fingerprint: fingerprint, answer: answer)
        }
        wait.attempt += 1
        return .again(wait)
    }

    /// Changes that wait for a batch.
    var depth: Int {
        get async { await mailbox.depth }
    }

    /// Refuses new changes and waits for the queued ones.
    func shutDown() async throws {
        try await mailbox.drainAndClose()
    }
}

extension CartWrite {
    /// Whether a key's row is what this write would have stored: its answer names the cart's version and its lines.
    func hasKey(_ fingerprint: Hash32, _ answer: StoredAnswer) -> Bool {
        guard let key else { return false }
        return key.claim.fingerprint == fingerprint && key.answer == answer
    }
}

/// Bounds of the writes of a process's carts.
public struct CartWriteLimits: Sendable {
    /// Changes that may wait (`ACTORS_MAILBOX_MAX`).
    public var capacity: Int
    /// Changes in one transaction (`ACTORS_BATCH_MAX`).
    public var batch: Int
    /// Transactions that are sent at a time, as in `OrderLimits`.
    public var inFlight: Int
    /// A batch of more is at most half of those that are here, as in `OrderLimits`.
    public var halvedFrom: Int
    /// How long a duplicate waits for another process before it is told to come back.
    public var keyWaiting: Duration
    /// How long a change waits for a cart that others have locked: a lock of ours lasts milliseconds.
    public var cartWaiting: Duration
    /// Resends.
    public var retry: RetryLimits

    /// States the bounds.
    public init(
        capacity: Int = 4096, batch: Int = 128, inFlight: Int = 2, halvedFrom: Int = 16,
        keyWaiting: Duration = .seconds(10), cartWaiting: Duration = .seconds(1), retry: RetryLimits = RetryLimits()
    ) {
        self.halvedFrom = halvedFrom
        self.capacity = capacity
        self.batch = batch
        self.inFlight = inFlight
        self.keyWaiting = keyWaiting
        self.cartWaiting = cartWaiting
        self.retry = retry
    }
}

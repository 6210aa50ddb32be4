// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import UVRuntime

/// Remembers finished answers outside the process, as a hint only: Redis.
public protocol AnswerHints: Sendable {
    /// The answer and its request's fingerprint, or nil at once when there is none, or no Redis.
    func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)?
    /// Keeps an answer for a while; never waited for.
    func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration)
}

/// Where finished keys are read and refusals are written behind. Implemented by the web layer's store.
public protocol KeyJournal: KeyReader {
    /// Stores answers that were given without a transaction; rows that exist win, and keys that others work on are skipped.
    ///
    /// - Returns: how many were stored.
    func storeRefusals(_ refusals: [StoredRefusal]) async throws(JournalError) -> Int
}

/// An answer that had no effect, to be kept under its key.
public struct StoredRefusal: Sendable {
    /// The key.
    public let claim: KeyClaim
    /// The answer.
    public let answer: StoredAnswer

    /// States a refusal.
    public init(claim: KeyClaim, answer: StoredAnswer) {
        self.claim = claim
        self.answer = answer
    }
}

/// The idempotency shards of a process in front of Redis and PostgreSQL.
///
/// - Isolation: an actor on the shards' loop.
public final actor IdempotencyDirectory: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let shards: [IdempotencyActor]
    private let hints: any AnswerHints
    private let journal: any KeyJournal
    private let logger: Logger
    private let refusals: BatchingMailbox<StoredRefusal, Written>
    /// Look-ups of rows: what is asked for while the last answer is on its way shares a statement.
    private let reads: BatchingMailbox<Hash32, KeyState?>
    private var counters = IdempotencyCounters()
    /// How many refusals of a key are kept here while nobody knows yet whether their row is there.
    private var unsettled: [Hash32: Int] = [:]

    /// What became of an answer that was written without a transaction of its own.
    public enum Written: Sendable, Equatable {
        /// Its row is there.
        case stored
        /// Somebody else's row was there: it decides.
        case row(fingerprint: Hash32, answer: StoredAnswer, remaining: Duration)
        /// Somebody works on the key.
        case skipped
    }

    /// What was found of a key beyond this process.
    public enum Found: Sendable, Equatable {
        /// Nobody finished it.
        case nothing
        /// Its answer; `remaining` is how long the row surely lives on, zero where that was not learned.
        case answer(StoredAnswer, remaining: Duration)
        /// It belongs to another request.
        case reused
        /// Another process works on it.
        case inProgress
    }

    /// Makes `shardCount` shards; the count is a power of two.
    public init(
        executor: LoopExecutor, clock: any LoopClock, shardCount: Int, limits: IdempotencyLimits,
        refusalsWaitingMax: Int, hints: any AnswerHints, journal: any KeyJournal, logger: Logger
    ) {
        precondition(shardCount > 0 && shardCount & (shardCount - 1) == 0, "shard counts are powers of two")
        self.executor = executor
        self.hints = hints
        self.journal = journal
        self.logger = logger
        shards = (0..<shardCount).map { _ in IdempotencyActor(executor: executor, clock: clock, limits: limits) }
        refusals = BatchingMailbox(
            executor: executor, limits: .init(capacity: refusalsWaitingMax, batch: 128, inFlight: 1),
            keys: { [$0.claim.digest.lockKey] }
        ) { batch in
            do throws(JournalError) {
                return try await Self.write(batch, journal, clock).map { .success($0) }
            } catch {
                return batch.map { _ in .failure(error) }
            }
        }
        reads = BatchingMailbox(
            executor: executor, limits: .init(capacity: Self.readsWaitingMax, batch: 128, inFlight: 2), clock: clock
        ) { digests in
            do throws(JournalError) {
                let rows = try await journal.keys(Array(Set(digests)))
                return digests.map { .success(rows[$0]) }
            } catch {
                return digests.map { _ in .failure(error) }
            }
        }
    }

    /// Requests that may wait to see whether their key is known; as many orders may wait for a batch.
    private static let readsWaitingMax = 4096

    private static func write(
        _ batch: [StoredRefusal], _ journal: any KeyJournal, _ clock: any LoopClock
    ) async throws(JournalError) -> [Written] {
        guard try await journal.storeRefusals(batch) < batch.count else { return batch.map { _ in .stored } }
        let asked = clock.now
        let rows = try await journal.keys(batch.map(\.claim.digest))
        let age = Duration.nanoseconds(Int64(clamping: clock.now &- asked))
        return batch.map { refusal in
            guard case .finished(let fingerprint, let answer, let remaining)? = rows[refusal.claim.digest] else {
                return .skipped
            }
            return fingerprint == refusal.claim.fingerprint && answer == refusal.answer
                ? .stored : .row(fingerprint: fingerprint, answer: answer, remaining: remaining - age)
        }
    }

    private func shard(_ digest: Hash32) -> IdempotencyActor {
        shards[ShardHash.index(digest.lockKey, count: shards.count)]
    }

    /// Claims a key, joins its running request, or gives its answer; of this process only.
    ///
    /// What ends the request here is counted; who has to execute it says later what came of that (`count`).
    public func begin(_ claim: KeyClaim) async throws -> IdempotencyActor.Decision {
        let decision = try await shard(claim.digest).begin(claim.digest, claim.fingerprint)
        switch decision {
        case .execute: break
        case .replay: count(.replayed, at: .memory)
        case .reused: count(.reused, at: .memory)
        case .inProgress: count(.inProgress, at: .memory)
        }
        return decision
    }

    /// Counts what a request with a key met: each one once, at its end, and none whose answer is not kept.
    public func count(_ met: KeyMeeting, at level: KeyLevel) {
        counters.count(met, at: level)
    }

    /// How often each was counted. For checks.
    package var counted: [KeyMeeting: [KeyLevel: Int]] { counters.counted }

    /// Looks for the key where other processes and earlier lives left it: Redis, then PostgreSQL; and says which of them knew.
    ///
    /// - Throws: `JournalError` when PostgreSQL cannot say, `MailboxError` when too many ask; then the request must not run.
    public func lookUp(_ claim: KeyClaim) async throws -> (found: Found, level: KeyLevel) {
        if let hinted = await hint(claim) { return (hinted, .redis) }
        return (try await row(claim), .postgres)
    }

    /// Looks for the key's row: what is asked for while the last look-up is on its way shares a statement.
    ///
    /// - Throws: as `lookUp`.
    public func row(_ claim: KeyClaim) async throws -> Found {
        switch try await reads.send(claim.digest) {
        case .finished(let fingerprint, let answer, let remaining)?:
            return found(claim, fingerprint, answer, remaining)
        case .started(let fingerprint)?:
            return fingerprint == claim.fingerprint ? .inProgress : .reused
        case nil:
            return .nothing
        }
    }

    /// Looks for the key in Redis alone; nil where that knows nothing, which says nothing.
    public func hint(_ claim: KeyClaim) async -> Found? {
        guard let hint = await hints.answer(for: claim.digest) else { return nil }
        // How long the row lives on stands in the row only; without knowing it nothing is kept here.
        return found(claim, hint.fingerprint, hint.answer, .zero)
    }

    private func found(
        _ claim: KeyClaim, _ fingerprint: Hash32, _ answer: StoredAnswer, _ remaining: Duration
    ) -> Found {
        fingerprint == claim.fingerprint ? .answer(answer, remaining: remaining) : .reused
    }

    /// The answer was committed with its effect, by the request that has the key.
    public func finish(_ claim: KeyClaim, _ answer: StoredAnswer) async {
        await keep(claim, answer, .made(retention: claim.retention))
    }

    /// The answer is that of a row which somebody else committed, perhaps long ago.
    ///
    /// - Parameter remaining: how long the row lives on; nil where whoever found it did not learn that: then it is read.
    public func finishKnown(_ claim: KeyClaim, _ answer: StoredAnswer, remaining: Duration?) async {
        var left = remaining ?? .zero
        if remaining == nil {
            do throws(JournalError) {
                if case .finished(_, _, let found)? = try await journal.keys([claim.digest])[claim.digest] {
                    left = found
                }
            } catch {
                // Not kept: the next one asks the row again.
                logger.debug("a key's lifetime was not read", metadata: ["reason": "\(error)"])
            }
        }
        await keep(claim, answer, .read(remaining: left))
    }

    /// Keeps an answer whose row is there, here and in Redis, both for less time than the row has left.
    private func keep(_ claim: KeyClaim, _ answer: StoredAnswer, _ life: IdempotencyActor.RowLife) async {
        if let kept = await shard(claim.digest).finish(claim.digest, claim.fingerprint, answer, life) {
            hints.remember(claim.digest, claim.fingerprint, answer, for: kept)
        }
    }

    /// The answer came from memory and had no effect: keep it, and write it behind (rule 11).
    ///
    /// Until it is written, another process may execute the same key. Its row wins: the copy here lives no longer than until
    /// the row is seen, and Redis gets none before.
    public func finishRefusal(_ claim: KeyClaim, _ answer: StoredAnswer) async {
        unsettled[claim.digest, default: 0] += 1
        let kept = await shard(claim.digest).finish(
            claim.digest, claim.fingerprint, answer, .made(retention: claim.retention))
        Task {
            await writeBehind(StoredRefusal(claim: claim, answer: answer), kept: kept)
            let left = unsettled[claim.digest, default: 1] - 1
            unsettled[claim.digest] = left > 0 ? left : nil
        }
    }

    /// Writes an answer that had no effect, but says that something is so (2xx), before it goes out: acknowledged means
    /// committed (law 2), and every repetition hears the same. What was written is then finished as an effect is.
    ///
    /// - Throws: `MailboxError`, `JournalError` when it could not be written; then it must not go out.
    public func write(_ claim: KeyClaim, _ answer: StoredAnswer) async throws -> Written {
        try await refusals.send(StoredRefusal(claim: claim, answer: answer))
    }

    /// - Parameter kept: how long the copy here lives; its row, made later, lives longer.
    private func writeBehind(_ refusal: StoredRefusal, kept: Duration?) async {
        let (claim, answer) = (refusal.claim, refusal.answer)
        do {
            switch try await refusals.send(refusal) {
            case .stored:
                if let kept { hints.remember(claim.digest, claim.fingerprint, answer, for: kept) }
            case .row(let fingerprint, let answer, let remaining):
                let kept = await shard(claim.digest).replace(claim.digest, fingerprint, answer, remaining: remaining)
                if let kept { hints.remember(claim.digest, fingerprint, answer, for: kept) }
            case .skipped: await shard(claim.digest).forget(claim.digest, answer)
            }
        } catch {
            // Nobody else would learn of it: a retry is judged anew, here as elsewhere.
            counters.dropRefusal()
            logger.debug("a refusal was not written behind", metadata: ["reason": "\(error)"])
            await shard(claim.digest).forget(claim.digest, answer)
        }
    }

    /// The key turned out to be taken by another request.
    public func finishReused(_ claim: KeyClaim) async {
        await shard(claim.digest).finishReused(claim.digest)
    }

    /// The request ended without an answer to keep.
    public func abandon(_ claim: KeyClaim) async {
        await shard(claim.digest).abandon(claim.digest)
    }

    /// Whether a refusal under the key is kept here that another process's row may still take the place of. For checks.
    package func isWritingBehind(_ digest: Hash32) -> Bool {
        unsettled[digest] != nil
    }

    /// Duplicates that wait for a running request of this process. For checks.
    package var waiterCount: Int {
        get async {
            var count = 0
            for shard in shards { count += await shard.waiterCount }
            return count
        }
    }

    /// Waits until the refusals that are queued are written.
    public func shutDown() async throws {
        try await refusals.drainAndClose()
        try await reads.drainAndClose()
    }
}

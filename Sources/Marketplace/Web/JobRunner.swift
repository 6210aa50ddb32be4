// SPDX-License-Identifier: Apache-2.0
public import Logging
import MarketCore
internal import Metrics
public import UVRuntime

/// Says of a job that trying again will not help.
public struct JobGivenUp: Error, CustomStringConvertible {
    /// Why, for who looks at it.
    public let reason: String

    /// Gives the job up.
    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}

/// Works off what committed transactions owe, in every process, each job in one of them at a time.
///
/// A job is done at least once: its handler must make the second time harmless. A failure is tried again with growing pauses;
/// after the last one, or `JobGivenUp`, the job stays in the table as `dead`, for a person. A claim is renewed while its job is at
/// work, and is over a lease after its process died; a job whose process dies over it each time is given up like one that fails.
///
/// - Isolation: an actor on the process's first loop.
public final actor JobRunner: LoopActor {
    /// Does the work of a job; what it throws is tried again.
    public typealias Handler = @Sendable (Job) async throws -> Void
    /// Ends what a job was about that is given up, for the reason; what it throws but `JobGivenUp` is tried again, and the job stays
    /// until then.
    public typealias Ending = @Sendable (Job, any Error) async throws -> Void

    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let store: JobStore
    private let handlers: [String: Handler]
    private let endings: [String: Ending]
    private let attempts: [String: Int]
    private let batch: Int
    private let rest: Duration
    private let forgetsPayloads: Bool
    private let logger: Logger
    private let random: @Sendable () -> UInt64
    private var isRunning = false
    private var isStopped = false
    /// What was claimed and has not ended, with the renewals that each has had.
    private var held: [JobName: (job: Job, renewals: Int)] = [:]
    private var renewal: (any ScheduledTimer)?
    /// Done, and not yet written down as such.
    private var worked: [Job] = []
    private var finishTimer: (any ScheduledTimer)?
    private var finishing: Task<Void, any Error>?

    /// Jobs claimed at a time unless another number is given; they run one after another, so that they take one connection.
    public static let batchDefault = 8
    /// How long a claim stands after its last renewal: so long a job waits whose process died.
    static let lease: Duration = .seconds(60)
    /// Jobs that end within this of each other are written down in one statement: a commit for each was most of what a mail cost. A crash
    /// has so much work done twice, and no job waits for a long one behind it.
    static let finishPause: Duration = .milliseconds(100)
    /// Between renewals: two may fail before the claim is over.
    static let renewalPause: Duration = .seconds(20)
    /// Renewals of one claim, half an hour: what takes longer hangs, and another process may try.
    static let renewalsMax = 90
    /// Attempts before a job of a kind without a limit of its own is given up; with the pauses between them, over an hour.
    public static let attemptsMax = 12
    /// The longest pause.
    static let pauseMaxSeconds = 1800

    /// Makes a runner; a timer calls `run`.
    ///
    /// - Parameters:
    ///   - clock: when claims are renewed; nil takes the executor's own.
    ///   - handlers: by kind; jobs of other kinds are left alone.
    ///   - endings: of kinds whose givers wait for an end; called before a job of theirs is given up, whatever the cause.
    ///   - attempts: the limits of kinds that have one of their own.
    ///   - rest: between a full batch and the next, so that many jobs do not take the machine from those who wait for answers.
    ///   - forgetsPayloads: whether a done job keeps only its name.
    ///   - random: spreads the pauses.
    public init(
        executor: LoopExecutor, clock: (any LoopClock)? = nil, store: JobStore, handlers: [String: Handler],
        endings: [String: Ending] = [:], attempts: [String: Int] = [:], batch: Int = JobRunner.batchDefault,
        rest: Duration = .zero,
        forgetsPayloads: Bool = false,
        logger: Logger, random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 0...UInt64.max) }
    ) {
        guard let clock = clock ?? (executor as? any LoopClock) else {
            preconditionFailure("an executor without a clock needs one beside it")
        }
        self.executor = executor
        self.clock = clock
        self.store = store
        self.handlers = handlers
        self.endings = endings
        self.attempts = attempts
        self.batch = batch
        self.rest = rest
        self.forgetsPayloads = forgetsPayloads
        self.logger = logger
        self.random = random
    }

    /// Works off what is due; returns how many jobs were tried. A call during a run does nothing.
    @discardableResult
    public func run() async -> Int {
        guard !isRunning, !isStopped else { return 0 }
        isRunning = true
        defer { isRunning = false }
        var count = 0
        do {
            while !isStopped {
                let jobs = try await store.claim(Array(handlers.keys), limit: batch, lease: Self.lease)
                for job in jobs { held[JobName(job)] = (job, 0) }
                if !jobs.isEmpty { CrashPoint.reach(.jobClaimed) }
                scheduleRenewal()
                for job in jobs { try await run(job) }
                try await finishing?.value
                try await finishWorked()
                count += jobs.count
                if jobs.count < batch { break }
                // Only an executor that has ended could throw here, and then nothing is begun any more.
                if rest > .zero { try? await clock.pause(for: rest) }
            }
        } catch {
            // What was claimed is free again when its lease runs out.
            held = [:]
            worked = []
            logger.warning("working off jobs failed", metadata: ["reason": "\(error)"])
        }
        renewal?.cancel()
        renewal = nil
        finishTimer?.cancel()
        finishTimer = nil
        finishing = nil
        return count
    }

    /// Begins no further job.
    public func stop() {
        isStopped = true
    }

    private func run(_ job: Job) async throws {
        let name = JobName(job)
        // Taken over while those before it were at work: its new holder does it.
        guard let handler = handlers[job.kind], held[name]?.job.claim == job.claim else { return }
        let limit = attempts[job.kind] ?? Self.attemptsMax
        do {
            guard job.attempt <= limit else { throw JobGivenUp("its process ended during each of \(limit) attempts") }
            try await handler(job)
            CrashPoint.reach(.jobWorked)
        } catch {
            let isDead = await isOver(job, limit, after: error)
            let pause = Self.pause(after: job.attempt, random: random())
            Self.count(job, isDead ? "dead" : "failed")
            logger.log(
                level: isDead ? .error : .warning, isDead ? "a job is given up" : "a job failed",
                metadata: ["kind": "\(job.kind)", "key": "\(job.key)", "reason": "\(error)"])
            defer { held[name] = nil }
            return try await store.fail(job, reason: "\(error)", isDead: isDead, pause: pause)
        }
        Self.count(job, "done")
        worked.append(job)
        if finishTimer == nil {
            finishTimer = clock.schedule(after: Self.finishPause) { [self] in
                assumeIsolated { me in
                    me.finishing = Task { [earlier = me.finishing] in
                        try await earlier?.value
                        try await me.finishWorked()
                    }
                }
            }
        }
    }

    /// Writes down what is done.
    private func finishWorked() async throws {
        finishTimer?.cancel()
        finishTimer = nil
        guard !worked.isEmpty else { return }
        let jobs = worked
        worked = []
        defer { for job in jobs { held[JobName(job)] = nil } }
        try await store.finish(jobs, forgetting: forgetsPayloads)
        CrashPoint.reach(.jobFinished)
    }

    /// Whether a job that failed is given up now: nobody comes after it, or it is of no use; and what it was about has been ended.
    private func isOver(_ job: Job, _ limit: Int, after error: any Error) async -> Bool {
        guard error is JobGivenUp || job.attempt >= limit else { return false }
        guard let end = endings[job.kind] else { return true }
        do {
            try await end(job, error)
            return true
        } catch let fault {
            logger.error(
                "what a job was about was not ended",
                metadata: ["kind": "\(job.kind)", "key": "\(job.key)", "reason": "\(fault)"])
            return fault is JobGivenUp
        }
    }

    // MARK: Claims

    private func scheduleRenewal() {
        guard renewal == nil, !held.isEmpty else { return }
        renewal = clock.schedule(after: Self.renewalPause) { [self] in
            assumeIsolated { me in
                _ = Task { await me.renewalIsDue() }
            }
        }
    }

    private func renewalIsDue() async {
        renewal = nil
        guard isRunning else { return }
        await renew()
        if isRunning { scheduleRenewal() }
    }

    /// Puts off the end of all claims; what others have taken over meanwhile is not begun any more.
    func renew() async {
        let mine = held.values.filter { $0.renewals < Self.renewalsMax }.map(\.job)
        guard !mine.isEmpty else { return }
        do {
            let kept = try await store.renew(mine, lease: Self.lease)
            for job in mine {
                let name = JobName(job)
                guard held[name]?.job.claim == job.claim else { continue }
                if kept.contains(name) {
                    held[name]?.renewals += 1
                } else {
                    held[name] = nil
                    logger.warning(
                        "a job was taken over", metadata: ["kind": "\(job.kind)", "key": "\(job.key)"])
                }
            }
        } catch {
            logger.warning("the claims of jobs were not renewed", metadata: ["reason": "\(error)"])
        }
    }

    /// About 1, 2, 4 … seconds, at most half an hour: between half of it and all, so that what failed together is not tried together.
    static func pause(after attempt: Int, random: UInt64) -> Duration {
        let whole = UInt64(min(1 << min(max(attempt, 1) - 1, 20), pauseMaxSeconds)) * 1000
        return .milliseconds(Int64(whole / 2 + random % (whole / 2 + 1)))
    }

    /// The limit of a kind that is to be tried for so long at least, however the pauses fall.
    public static func attempts(lasting duration: Duration) -> Int {
        var (lasted, count) = (Duration.zero, 1)
        while lasted < duration {
            lasted += pause(after: count, random: 0)
            count += 1
        }
        return count
    }

    private static func count(_ job: Job, _ outcome: String) {
        Counter(label: "mve_jobs_total", dimensions: [("kind", job.kind), ("outcome", outcome)]).increment()
    }
}

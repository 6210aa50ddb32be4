// SPDX-License-Identifier: Apache-2.0
public import Logging
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
/// after the last one, or `JobGivenUp`, the job stays in the table as `dead`, for a person.
///
/// - Isolation: an actor on the process's first loop.
public final actor JobRunner: LoopActor {
    /// Does the work of a job; what it throws is tried again.
    public typealias Handler = @Sendable (Job) async throws -> Void

    public nonisolated let executor: LoopExecutor
    private let store: JobStore
    private let handlers: [String: Handler]
    private let batch: Int
    private let forgetsPayloads: Bool
    private let logger: Logger
    private var isRunning = false
    private var isStopped = false

    /// Jobs claimed at a time unless another number is given; they run one after another, so that they take one connection.
    public static let batchDefault = 8
    /// How long a claim stands: longer than a batch of statements that all wait for their locks (8 × 3 s).
    static let lease: Duration = .seconds(60)
    /// Attempts before a job is given up; with the pauses between them, over an hour.
    public static let attemptsMax = 12
    /// The longest pause.
    static let pauseMaxSeconds = 1800

    /// Makes a runner; a timer calls `run`.
    ///
    /// - Parameters:
    ///   - handlers: by kind; jobs of other kinds are left alone.
    ///   - batch: so many that all of them end within the lease, however long each may take.
    ///   - forgetsPayloads: whether a done job keeps only its name.
    public init(
        executor: LoopExecutor, store: JobStore, handlers: [String: Handler], batch: Int = JobRunner.batchDefault,
        forgetsPayloads: Bool = false, logger: Logger
    ) {
        self.executor = executor
        self.store = store
        self.handlers = handlers
        self.batch = batch
        self.forgetsPayloads = forgetsPayloads
        self.logger = logger
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
                for job in jobs { try await run(job) }
                count += jobs.count
                if jobs.count < batch { break }
            }
        } catch {
            // What was claimed is free again when its lease runs out.
            logger.warning("working off jobs failed", metadata: ["reason": "\(error)"])
        }
        return count
    }

    /// Begins no further job.
    public func stop() {
        isStopped = true
    }

    private func run(_ job: Job) async throws {
        guard let handler = handlers[job.kind] else { return }
        do {
            try await handler(job)
        } catch {
            let isDead = error is JobGivenUp || job.attempt >= Self.attemptsMax
            let pause = Self.pause(after: job.attempt)
            Self.count(job, isDead ? "dead" : "failed")
            logger.log(
                level: isDead ? .error : .warning, isDead ? "a job is given up" : "a job failed",
                metadata: ["kind": "\(job.kind)", "key": "\(job.key)", "reason": "\(error)"])
            return try await store.fail(job, reason: "\(error)", isDead: isDead, pause: pause)
        }
        Self.count(job, "done")
        try await store.finish(job, forgetting: forgetsPayloads)
    }

    /// 1, 2, 4 … seconds, at most half an hour.
    static func pause(after attempt: Int) -> Duration {
        .seconds(min(1 << min(attempt - 1, 20), pauseMaxSeconds))
    }

    private static func count(_ job: Job, _ outcome: String) {
        Counter(label: "mve_jobs_total", dimensions: [("kind", job.kind), ("outcome", outcome)]).increment()
    }
}

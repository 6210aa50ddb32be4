// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketHTTP
import Metrics
import Postgres
import UVRuntime

/// Records what the database says about the shop's health, now and then.
///
/// - Isolation: an actor on the first loop.
final actor ShopGauges: LoopActor {
    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let invariants: InvariantStore
    private let jobs: JobStore
    private let backlog: BacklogStore
    private let rest: @Sendable (Duration) async throws -> Void
    private let logger: Logger
    private let held = Gauge(label: "mve_reservations_held")
    private let oldest = Gauge(label: "mve_reservation_oldest_seconds")
    private let inbox = Gauge(label: "mve_inbox_waiting")
    private let outbox = Gauge(label: "mve_outbox_lag_seconds")
    /// By state: none is 0, from the start.
    private let jobsByState = Dictionary(
        uniqueKeysWithValues: JobStore.openStates.map {
            ($0, Gauge(label: "mve_jobs", dimensions: [("state", $0)]))
        })
    /// Kinds and states of jobs that were there once: none any more is 0, not silence.
    private var jobsSeen: [String: Gauge] = [:]
    private var lagsSeen: [String: Gauge] = [:]
    private var isChecking = false
    private var turns = 0

    /// Between turns of the invariants, which one process of all takes, and between records of what they found, which all make: they
    /// compare what was acknowledged, so a minute after something went wrong somebody should know.
    static let invariantsPause: Duration = .seconds(60)
    /// Held rows have an index of their own.
    static let countsPause: Duration = .seconds(15)

    /// - Parameter rest: parks the invariants' turn between its steps.
    init(
        executor: LoopExecutor, clock: any LoopClock, client: any PostgresClient,
        rest: @escaping @Sendable (Duration) async throws -> Void, logger: Logger
    ) {
        self.executor = executor
        self.clock = clock
        invariants = InvariantStore(client: client)
        jobs = JobStore(postgres: client)
        backlog = BacklogStore(client: client)
        self.rest = rest
        self.logger = logger
    }

    /// Records reservations, jobs and what waits to be handed on.
    func recordCounts() async {
        do {
            let reservations = try await invariants.reservations()
            held.record(reservations.held)
            oldest.record(reservations.oldestSeconds)
            inbox.record(try await backlog.inboxWaiting())
            outbox.record(try await backlog.outboxLag())
            try await recordJobs()
        } catch {
            logger.warning("counting reservations and jobs failed", metadata: ["reason": "\(error)"])
        }
    }

    private func recordJobs() async throws {
        var states = jobsByState.mapValues { _ in 0 }
        var counts = jobsSeen.mapValues { _ in 0 }
        for job in try await jobs.counts() {
            let name = "\(job.kind) \(job.state)"
            if jobsSeen[name] == nil {
                jobsSeen[name] = Gauge(
                    label: "mve_jobs_by_kind", dimensions: [("kind", job.kind), ("state", job.state)])
            }
            counts[name] = job.count
            states[job.state, default: 0] += job.count
        }
        for (state, count) in states { jobsByState[state]?.record(count) }
        for (name, count) in counts { jobsSeen[name]?.record(count) }
        var lags = lagsSeen.mapValues { _ in 0.0 }
        for lag in try await jobs.lags() {
            if lagsSeen[lag.kind] == nil {
                lagsSeen[lag.kind] = Gauge(label: "mve_jobs_lag_seconds", dimensions: [("kind", lag.kind)])
            }
            lags[lag.kind] = lag.seconds
        }
        for (kind, seconds) in lags { lagsSeen[kind]?.record(seconds) }
    }

    /// Looks at what is new and at a part of the rest; what it finds is kept in the database, for every process to record. What is
    /// broken is an error in the log as well.
    func checkInvariants() async {
        guard !isChecking else { return }
        isChecking = true
        defer { isChecking = false }
        do {
            let pass = InvariantPass(store: invariants, clock: clock, turn: turns, rest: rest)
            turns += 1
            let count = try await pass.run()
            logger.debug("invariants", metadata: ["steps": "\(count.steps)", "rows": "\(count.rows)"])
            for invariant in try await invariants.state() where !invariant.holds {
                logger.error(
                    "an invariant is broken",
                    metadata: ["name": "\(invariant.name)", "offenders": "\(invariant.offenders)"])
            }
        } catch {
            logger.warning("checking the invariants failed", metadata: ["reason": "\(error)"])
        }
    }

    /// Records `mve_invariant_ok{name}` as the steps of whoever leads found them: 1 holds, 0 does not.
    func recordInvariants() async {
        do {
            for invariant in try await invariants.state() {
                Gauge(label: "mve_invariant_ok", dimensions: [("name", invariant.name)])
                    .record(invariant.holds ? 1 : 0)
            }
        } catch {
            logger.warning("reading the invariants failed", metadata: ["reason": "\(error)"])
        }
    }
}

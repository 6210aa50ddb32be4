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
    private let invariants: InvariantStore
    private let jobs: JobStore
    private let logger: Logger
    private let held = Gauge(label: "mve_reservations_held")
    private let oldest = Gauge(label: "mve_reservation_oldest_seconds")
    /// Kinds and states of jobs that were there once: none any more is 0, not silence.
    private var jobsSeen: [String: Gauge] = [:]
    private var isChecking = false

    /// The invariants read whole tables, so one process of all does it, and not often.
    static let invariantsPause: Duration = .seconds(300)
    /// Held rows have an index of their own.
    static let countsPause: Duration = .seconds(15)

    init(executor: LoopExecutor, client: any PostgresClient, logger: Logger) {
        self.executor = executor
        invariants = InvariantStore(client: client)
        jobs = JobStore(postgres: client)
        self.logger = logger
    }

    /// Records reservations and jobs.
    func recordCounts() async {
        do {
            let reservations = try await invariants.reservations()
            held.record(reservations.held)
            oldest.record(reservations.oldestSeconds)
            var counts = jobsSeen.mapValues { _ in 0 }
            for job in try await jobs.counts() {
                let name = "\(job.kind) \(job.state)"
                if jobsSeen[name] == nil {
                    jobsSeen[name] = Gauge(label: "mve_jobs", dimensions: [("kind", job.kind), ("state", job.state)])
                }
                counts[name] = job.count
            }
            for (name, count) in counts { jobsSeen[name]?.record(count) }
        } catch {
            logger.warning("counting reservations and jobs failed", metadata: ["reason": "\(error)"])
        }
    }

    /// Records `mve_invariant_ok{name}`: 1 holds, 0 does not, which is an error in the log as well.
    func recordInvariants() async {
        guard !isChecking else { return }
        isChecking = true
        defer { isChecking = false }
        do {
            for invariant in try await invariants.all() {
                Gauge(label: "mve_invariant_ok", dimensions: [("name", invariant.name)])
                    .record(invariant.holds ? 1 : 0)
                guard !invariant.holds else { continue }
                logger.error(
                    "an invariant is broken",
                    metadata: ["name": "\(invariant.name)", "offenders": "\(invariant.offenders)"])
            }
        } catch {
            logger.warning("checking the invariants failed", metadata: ["reason": "\(error)"])
        }
    }
}

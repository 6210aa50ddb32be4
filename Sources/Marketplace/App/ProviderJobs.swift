// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketHTTP
import Orders
import Payments
import Postgres
import Refunds
import UVRuntime

/// Works off the jobs that call the payment provider, beside all others: while it does not answer each of them takes its time-outs,
/// and nothing that needs no provider waits for that.
///
/// - Isolation: made and used on the first loop.
struct ProviderJobs: Sendable {
    private let calls: JobRunner
    /// A slice of a comparison makes many calls, each with its tries: refunds do not wait for it.
    private let comparisons: JobRunner

    /// What money waits for is tried for three days at least, a weekend included, before it waits for a person; what the provider is
    /// still owed then is owed again an hour later (`ResumeProviderCalls`).
    static let moneyTime: Duration = .seconds(3 * 86_400)
    /// The same in attempts.
    static let moneyAttempts = JobRunner.attempts(lasting: moneyTime)
    /// Kinds that money waits for; the others are given up after an hour.
    static let moneyKinds = [
        RefundSubmission.kind, RefundChecks.kind, DisputeCalls.kind, CheckDisputes.kind, ReconciliationJobs.kind,
        BookSettlement.kind, LatePayments.kind, OwedRefunds.duplicateKind, OwedRefunds.lateKind, OwedRefunds.restKind,
        SellerOrderTimers.refundedKind,
    ]
    /// Their limits.
    static var limits: [String: Int] {
        Dictionary(uniqueKeysWithValues: moneyKinds.map { ($0, moneyAttempts) })
    }

    /// - Parameter handlers: by kind; each may call the provider.
    init(_ part: Shop.LoopParts, _ handlers: [[String: JobRunner.Handler]], logger: Logger) {
        let all = handlers.reduce(into: [:]) { all, some in all.merge(some) { $1 } }
        func runner(_ isMine: (String) -> Bool) -> JobRunner {
            JobRunner(
                executor: part.loop, store: JobStore(postgres: part.pool), handlers: all.filter { isMine($0.key) },
                attempts: Self.limits, logger: logger)
        }
        calls = runner { $0 != ReconciliationJobs.kind }
        comparisons = runner { $0 == ReconciliationJobs.kind }
    }

    /// Looks for what is owed every second. On the loop.
    func start(on loop: EventLoop) {
        for runner in [calls, comparisons] {
            _ = loop.schedule(every: Upkeep.beat) { loop.spawn { await runner.run() } }
        }
    }

    /// Begins no further job.
    func stop() async {
        await calls.stop()
        await comparisons.stop()
    }
}

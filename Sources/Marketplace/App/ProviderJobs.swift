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
    private let runner: JobRunner

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
        runner = JobRunner(
            executor: part.loop, store: JobStore(postgres: part.pool),
            handlers: handlers.reduce(into: [:]) { all, some in all.merge(some) { $1 } }, attempts: Self.limits,
            logger: logger)
    }

    /// Looks for what is owed every second. On the loop.
    func start(on loop: EventLoop) {
        let runner = runner
        _ = loop.schedule(every: Upkeep.beat) { loop.spawn { await runner.run() } }
    }

    /// Begins no further job.
    func stop() async {
        await runner.stop()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A step at which a test build can be made to kill itself (`MVE_CRASH_AT`), so that tests can show what a crash there leaves.
///
/// The steps stand in the order in which a request passes them. The tests run through all of them: one that is added here
/// and in the code is tested without another line.
public enum CrashPoint: String, Sendable, CaseIterable {
    // POST /api/orders/create/
    case orderReceived = "order.received"
    case orderKeyClaimed = "order.key-claimed"
    case orderCartLocked = "order.cart-locked"
    case orderHeld = "order.held"
    case orderQueued = "order.queued"
    case orderBatchTaken = "order.batch-taken"
    /// The batch is with the database, and its backend commits although nobody is left to hear of it.
    case orderSent = "order.sent-to-database"
    /// After COMMIT.
    case orderReplyReceived = "order.reply-received"
    case orderSettled = "order.settled"
    case orderAnswerStored = "order.answer-stored"
    /// In our buffer: the client gets none of it.
    case orderAnswerWritten = "order.answer-written"
    /// With the kernel: the client gets it.
    case orderAnswerSent = "order.answer-sent"

    // Writes to a cart
    case cartReceived = "cart.received"
    case cartKeyClaimed = "cart.key-claimed"
    case cartDecided = "cart.decided"
    case cartSent = "cart.sent-to-database"
    case cartReplyReceived = "cart.reply-received"
    case cartAnswerStored = "cart.answer-stored"
    case cartAnswerWritten = "cart.answer-written"
    case cartAnswerSent = "cart.answer-sent"

    // Requests that are one transaction under a key
    case keyedClaimed = "keyed.claimed"
    case keyedExecuted = "keyed.executed"
    case keyedCommitSent = "keyed.commit-sent"
    case keyedCommitted = "keyed.committed"

    // POST /api/payments/initiate/, and whatever else calls a provider between two transactions
    case phasedClaimed = "phased.key-claimed"
    case phasedIntentWritten = "phased.intent-written"
    case phasedIntentSent = "phased.intent-commit-sent"
    /// Before the call.
    case phasedIntentCommitted = "phased.intent-committed"
    /// The provider has done it and answered.
    case phasedCallDone = "phased.call-done"
    case phasedResultWritten = "phased.result-written"
    case phasedResultSent = "phased.result-commit-sent"
    case phasedResultCommitted = "phased.result-committed"
    case initiateAnswerWritten = "initiate.answer-written"
    case initiateAnswerSent = "initiate.answer-sent"

    // POST /api/payments/webhook/
    case webhookReceived = "webhook.received"
    case webhookVerified = "webhook.verified"
    case paymentBatchTaken = "payment.batch-taken"
    case paymentSent = "payment.sent-to-database"
    case paymentReplyReceived = "payment.reply-received"
    case webhookAnswerWritten = "webhook.answer-written"
    case webhookAnswerSent = "webhook.answer-sent"

    // Jobs
    case jobClaimed = "job.claimed"
    /// Its work is done and nothing says so yet: it is done again.
    case jobWorked = "job.worked"
    case jobFinished = "job.finished"

    // Handing events on
    case outboxTaken = "outbox.taken"
    /// Before COMMIT.
    case outboxHandedOn = "outbox.handed-on"
    case outboxPublished = "outbox.published"

    // The job refund.submit
    /// Before the call.
    case refundIntentCommitted = "refund.intent-committed"
    /// The provider has done it and answered.
    case refundCallDone = "refund.call-done"
    case refundResultCommitted = "refund.result-committed"

    // What admins do about disputes, in a request or in the job payment.dispute_call
    /// Before the call.
    case disputeIntentCommitted = "dispute.intent-committed"
    /// The provider has done it and answered.
    case disputeCallDone = "dispute.call-done"
    case disputeResultCommitted = "dispute.result-committed"

    // Authorized money, taken or given up by whoever asked the provider about its attempt
    /// Before the call.
    case captureIntentCommitted = "capture.intent-committed"
    /// The provider has taken it and answered.
    case captureCallDone = "capture.call-done"
    case captureResultCommitted = "capture.result-committed"
    /// Given up: nothing is called.
    case captureVoided = "capture.voided"

    /// Which passage of which step is the last; written `step` or `step:3`.
    public struct Plan: Sendable, Equatable {
        /// The step.
        public let point: CrashPoint
        /// Counted from 1.
        public let passage: Int

        /// Reads it; nil for no step, or no number from 1 to a million.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let point = CrashPoint(rawValue: String(parts[0])) else { return nil }
            let passage = parts.count == 1 ? 1 : Int(parts[1])
            guard let passage, (1...1_000_000).contains(passage) else { return nil }
            self.point = point
            self.passage = passage
        }
    }

    /// Has the process killed at a step. Only the first call counts.
    public static func arm(_ plan: Plan) {
        CrashFuse.shared.arm(plan)
    }

    /// Says that a step was reached. A test build that is not armed passes one branch; others compile it to nothing.
    ///
    /// - Parameter later: puts the end off to where the step ends, such as after the loop's flush.
    @inline(__always)
    public static func reach(
        _ point: CrashPoint, _ later: (_ end: @escaping @Sendable () -> Void) -> Void = { $0() }
    ) {
        #if DEBUG
            if CrashFuse.shared.isArmed { CrashFuse.shared.pass(point, later) }
        #endif
    }
}

/// Counts the passages of the one step that ends the process.
///
/// - Isolation: callable from every thread.
private final class CrashFuse: Sendable {
    static let shared = CrashFuse()
    private let plan = Mutex<CrashPoint.Plan?>(nil)
    private let armed = Atomic<Bool>(false)
    private let passages = Atomic<Int>(0)

    var isArmed: Bool { armed.load(ordering: .relaxed) }

    func arm(_ new: CrashPoint.Plan) {
        plan.withLock { plan in if plan == nil { plan = new } }
        armed.store(true, ordering: .relaxed)
    }

    func pass(_ point: CrashPoint, _ later: (@escaping @Sendable () -> Void) -> Void) {
        guard let plan = plan.withLock({ $0 }), plan.point == point,
            passages.add(1, ordering: .relaxed).newValue == plan.passage
        else { return }
        later {
            // As a power cut would: no handler, no flush, no goodbye. The line is how a test knows who did it.
            let line = Array("killing itself at \(point.rawValue)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            kill(getpid(), SIGKILL)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres

/// Tells the provider what we do about disputes: the intent first, then the call, then what came of it (contract C11).
///
/// The provider knows no key for these calls, so whoever makes one that may have been made before asks how the dispute stands
/// first. A time-out is unknown, never failed: the job of the intent goes on with it.
///
/// - Isolation: call it on the loop of its pool.
public struct DisputeCalls: Sendable {
    /// The jobs that this works off.
    public static let kind = DisputeStore.callKind

    let pool: PostgresPool
    let client: RazorpayClient
    let ids: IDGenerator
    let orderChanged: @Sendable (OrderID) async -> Void
    let logger: Logger

    /// Puts the parts together.
    public init(
        pool: PostgresPool, client: RazorpayClient, ids: IDGenerator,
        orderChanged: @escaping @Sendable (OrderID) async -> Void, logger: Logger
    ) {
        self.pool = pool
        self.client = client
        self.ids = ids
        self.orderChanged = orderChanged
        self.logger = logger
    }

    /// Makes a recorded call, or finds that it was made.
    ///
    /// - Throws: `Problem` 409 or 422 where the provider refuses for good, which is recorded; 503 where it may have happened.
    func make(_ call: DisputeCall) async throws -> RazorpayDispute {
        CrashPoint.reach(.disputeIntentCommitted)
        do throws(RazorpayError) {
            let said = try await bringAbout(call)
            CrashPoint.reach(.disputeCallDone)
            return said
        } catch {
            logger.warning(
                "the provider did not take in what we do about a dispute",
                metadata: ["dispute": "\(call.dispute)", "action": "\(call.action)", "reason": "\(error)"])
            guard error.kind == .refused else { throw error.problem }
            try await DisputeStore.answered(call.key, outcome: "refused: \(error.message)", in: pool)
            throw Self.refusal(of: call)
        }
    }

    private func bringAbout(_ call: DisputeCall) async throws(RazorpayError) -> RazorpayDispute {
        if call.isRepeated {
            let said = try await client.dispute(call.providerDispute)
            if Self.isDone(call.action, said) { return said }
        }
        return try await send(call)
    }

    private func send(_ call: DisputeCall) async throws(RazorpayError) -> RazorpayDispute {
        do throws(RazorpayError) {
            switch call.action {
            case .accept: return try await client.acceptDispute(call.providerDispute)
            case .draft, .submit: return try await client.contestDispute(call.providerDispute, evidence: call.body)
            }
        } catch  where error.kind == .refused {
            // Perhaps because it is done.
            let said = try await client.dispute(call.providerDispute)
            guard Self.isDone(call.action, said) else { throw error }
            return said
        }
    }

    /// Whether a dispute stands where a call leads.
    private static func isDone(_ action: DisputeAction, _ dispute: RazorpayDispute) -> Bool {
        switch action {
        case .accept: dispute.status == .lost
        case .submit: dispute.status == .underReview || dispute.status.isFinal
        case .draft: false
        }
    }

    private static func refusal(of call: DisputeCall) -> Problem {
        switch call.action {
        case .accept:
            Problem(.illegalTransition, detail: "The provider does not let this dispute be accepted any more.")
        case .draft, .submit:
            Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/documents", code: "refused-by-provider",
                        message: "the provider does not take this evidence")
                ])
        }
    }

    /// Writes down how the dispute stands after a call; in the transaction that ends it.
    ///
    /// - Returns: the order, where something changed.
    func finish(
        _ call: DisputeCall, _ said: RazorpayDispute, requestID: String?, in transaction: PostgresTransaction
    ) async throws -> OrderID? {
        let known = try await DisputeStore.status(ofProviders: said.id, in: transaction)
        let news = DisputeNews(asked: said, known: known, actor: RazorpayClient.provider, requestID: requestID)
        let verdict = try await DisputeStore.apply(news, order: nil, ids: ids, in: transaction)
        try await DisputeStore.answered(call.key, outcome: said.status.rawValue, in: transaction)
        guard case .applied(let order) = verdict else { return nil }
        return order
    }

    /// Works off one job: the call of a request that has died; where it was answered, nothing.
    public func run(_ job: Job) async throws {
        guard let key = try? JSONDocument(parsing: job.payload).root["key"]?.string else {
            throw JobGivenUp("the job names no call")
        }
        guard let (call, isAnswered) = try await DisputeStore.call(key, in: pool), !isAnswered else { return }
        let said: RazorpayDispute
        do {
            said = try await make(call)
        } catch let problem as Problem where problem.status.code < 500 {
            throw JobGivenUp("the provider refuses it")
        }
        let order = try await pool.withTransaction(PostgresTransactionOptions(retries: 5)) {
            try await finish(call, said, requestID: nil, in: $0)
        }
        CrashPoint.reach(.disputeResultCommitted)
        if let order { await orderChanged(order) }
    }
}

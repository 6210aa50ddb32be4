// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres

/// Carries approved refunds to the provider, each round of each refund to one refund there, whatever dies in between.
///
/// Three steps: the intent commits; the provider is called under the key of that intent, with no transaction open; the answer
/// commits. An attempt that finds an intent asks the provider for its receipt before it calls. What is unknown or was not done
/// is tried again with the job's pauses, what is refused ends the round: the refund is `failed`, and stays owed. While a dispute
/// is open nothing is called; its end owes the job again. What a lost one has given back is not given back again.
///
/// - Isolation: called on the loop of the pool.
public struct RefundSubmission: Sendable {
    /// The jobs that this works off.
    public static let kind = "refund.submit"

    private let pool: PostgresPool
    private let provider: RefundProvider
    private let ids: IDGenerator
    private let orderChanged: @Sendable (OrderID) async -> Void
    private let logger: Logger

    /// Puts the parts together.
    ///
    /// - Parameter orderChanged: told after a commit that may have changed what an order's buyer sees.
    public init(
        pool: PostgresPool, provider: RefundProvider, ids: IDGenerator,
        orderChanged: @escaping @Sendable (OrderID) async -> Void, logger: Logger
    ) {
        self.pool = pool
        self.provider = provider
        self.ids = ids
        self.orderChanged = orderChanged
        self.logger = logger
    }

    /// Works off one job; a second time does nothing.
    public func submit(_ job: Job) async throws {
        let root = try JSONDocument(parsing: job.payload).root
        guard let refund = root["refund_id"]?.int64, let round = root["round"]?.int else {
            throw JobGivenUp("the job names no refund and round")
        }
        try await submit(RefundID(rawValue: refund), round: round)
    }

    /// Carries one round of a refund to the provider; does nothing where that is done.
    func submit(_ refund: RefundID, round: Int) async throws {
        guard let call = try await begin(refund, round, wasAsked: false) else { return }
        if let answer = try await answer(to: call) { return try await finish(call, answer) }
        guard call.permission == .askOnce else { return }
        // The provider has no refund of it, so it is not to have one; unless the loss was turned back just now.
        guard let anew = try await begin(refund, round, wasAsked: true), let answer = try await answer(to: anew) else {
            return
        }
        try await finish(anew, answer)
    }

    /// What is to be called; nil when nothing is, or no more.
    private func begin(_ refund: RefundID, _ round: Int, wasAsked: Bool) async throws -> RefundCall? {
        let fresh = (0..<RefundStore.idsOfCall).map { _ in ids.nextRawValue() }
        let step = try await RefundStore.beginCall(refund, round: round, ids: fresh, wasAsked: wasAsked, in: pool)
        CrashPoint.reach(.refundIntentCommitted)
        switch step {
        case .call(let call)?: return call
        case .settled(let order)?:
            logger.notice(
                "a refund and a lost dispute were settled", metadata: ["refund": "\(refund)", "order": "\(order)"])
            await orderChanged(order)
            return nil
        case nil: return nil
        }
    }

    private func finish(_ call: RefundCall, _ answer: RefundStore.Answer) async throws {
        CrashPoint.reach(.refundCallDone)
        let entry = ids.nextRawValue()
        try await pool.withTransaction { transaction in
            let isConsistent = try await RefundStore.finishCall(call, answer, entry: entry, in: transaction)
            guard case .known(let known) = answer else { return }
            if !isConsistent {
                try await RefundCheck(refund: known.id, payment: known.payment, number: RefundCheck.last).owe(
                    isExtra: true, in: transaction)
            } else if RefundCheck.isOpen(known) {
                // What ends later is told by an event; should that get lost, we ask.
                try await RefundCheck(refund: known.id, payment: known.payment, number: 0).owe(in: transaction)
            }
        }
        CrashPoint.reach(.refundResultCommitted)
        await orderChanged(call.order)
    }

    /// nil: it may not be called, and the provider knows nothing of it.
    ///
    /// - Throws: what is to be tried again.
    private func answer(to call: RefundCall) async throws -> RefundStore.Answer? {
        do throws(RefundCallError) {
            if call.wasCalled, let known = try await provider.find(call.payment, call.key) {
                return try .known(checked(known, call))
            }
            guard call.permission == .call else { return nil }
            return try .known(
                checked(
                    try await provider.refund(
                        RefundProvider.Request(
                            payment: call.payment, amount: call.amount, speed: call.speed, key: call.key,
                            refund: call.refund)), call))
        } catch {
            guard case .refused(let code, let text) = error else { throw error }
            // A refusal may be about a refund that an attempt before has made.
            if let known = try await provider.find(call.payment, call.key) { return try .known(checked(known, call)) }
            logger.error(
                "the provider refuses a refund",
                metadata: ["refund": "\(call.refund)", "order": "\(call.order)", "code": "\(code)"])
            return .refused(code: code, text: text)
        }
    }

    private func checked(_ refund: ProviderRefund, _ call: RefundCall) throws(RefundCallError) -> ProviderRefund {
        guard refund.payment == call.payment, refund.amount == call.amount.minor,
            refund.currency == call.amount.currency.description, refund.receipt == nil || refund.receipt == call.key
        else { throw .unknown("refund \(refund.id) of the provider is not the one that was asked for") }
        return refund
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What an admin does about a dispute.
struct DisputeAct: Sendable {
    let action: DisputeAction
    /// What the provider is sent.
    let body: [UInt8]
    /// Tells one piece of evidence from another; nil where there is only one act of the kind.
    let digest: String?
    /// For the audit log.
    let reason: String
    let dispute: Dispute

    /// Names the act: the same again is the same call.
    var key: String {
        "dp_\(dispute.id.rawValue)_\(dispute.phase.rawValue)_\(action.rawValue)" + (digest.map { "_\($0)" } ?? "")
    }
}

extension PaymentsDependencies {
    /// Answers a request that tells the provider something about a dispute; see `DisputeCalls`.
    ///
    /// - Parameters:
    ///   - act: makes the act of the locked dispute; refuses by throwing.
    ///   - id: the dispute that the request names; nil for what is no id.
    func answer(
        dispute request: RequestContext, _ caller: Caller, act: @Sendable (Dispute) throws -> DisputeAct,
        id: @Sendable () throws -> DisputeID?
    ) async throws -> HTTPResponse {
        let changed = ChangedOrder()
        let response = try await phased.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) { transaction in
            guard let id = try id(), let dispute = try await DisputeStore.lock(id, in: transaction) else {
                throw Problem(.notFound)
            }
            let act = try act(dispute)
            return try await begin(act, request, caller, in: transaction)
        } call: { call in
            (call, try await disputeCalls.make(call))
        } finish: { transaction, call, result in
            if let order = try await disputeCalls.finish(
                call, result.1, requestID: "\(request.requestID)", in: transaction)
            {
                changed.note(order)
            }
            guard let dispute = try await DisputeStore.dispute(call.dispute, in: transaction) else {
                throw Problem(.notFound)
            }
            return .json(dispute)
        }
        CrashPoint.reach(.disputeResultCommitted)
        if let order = changed.order { await disputeCalls.orderChanged(order) }
        return response
    }

    /// Records the act, or finds that it was begun: then it is gone on with, wherever the dispute stands by now.
    private func begin(
        _ act: DisputeAct, _ request: RequestContext, _ caller: Caller, in transaction: PostgresTransaction
    ) async throws -> DisputeCall {
        let known = try await DisputeStore.call(act.key, in: transaction)
        guard known != nil || act.dispute.isAnswerable else {
            throw Problem(
                .illegalTransition, detail: "The dispute is not waiting for an answer of ours.",
                members: [("from", .string(act.dispute.status.rawValue)), ("allowed", .strings([]))])
        }
        let call = DisputeCall(
            key: act.key, dispute: act.dispute.id, providerDispute: act.dispute.providerDispute, action: act.action,
            body: act.body, isRepeated: known != nil)
        try await DisputeStore.record(
            call, phase: act.dispute.phase, actor: "admin:\(caller.user.rawValue)", in: transaction)
        if known == nil {
            try await AuditLog.append(
                "dispute.\(act.action == .accept ? "accepted" : "evidence_\(act.action.rawValue)")", by: caller,
                in: request, entityType: "dispute", entityID: act.dispute.id.rawValue, after: act.body,
                reason: act.reason, in: transaction)
        }
        return call
    }
}

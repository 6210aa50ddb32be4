// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/refunds/decide/`: a second admin approves or rejects a refund that waits, and all of its request with it.
///
/// - Errors: 403 `four-eyes-required` for who asked; 404; 409 `illegal-transition`; to a yes 409 `order-not-refundable` while a
///   dispute is open, `refund-exceeds-refundable` where a lost one took the money.
struct DecideRefund: Sendable {
    let dependencies: RefundsDependencies

    /// The two answers.
    enum Decision: String, CaseIterable, Sendable {
        case approve, reject
    }

    private struct Work: Sendable {
        let id: RefundID
        let decision: Decision
        let note: String?
        let left = RestockedRows()
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) {
            try Self.read(request)
        } _: { transaction, work in
            try await decide(work, caller, request, transaction).response()
        } afterCommit: { work in
            await dependencies.announce(work.left)
        }
    }

    private func decide(
        _ work: Work, _ caller: Caller, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws -> Refund {
        let decided = try await RefundStore.decide(
            work.id, approves: work.decision == .approve, by: caller.user, note: work.note,
            requestID: "\(request.requestID)", newID: { dependencies.ids.nextRawValue() }, in: transaction)
        switch decided {
        case .notFound: throw Problem(.notFound)
        case .ownRequest: throw Problem(.fourEyesRequired, detail: "Another admin than the one who asked decides.")
        case .notWaiting(let status): throw Self.illegal(from: status)
        case .exceeds(let refundable):
            throw RequestRefund.exceeds(refundable, detail: "A dispute took the money back meanwhile.")
        case .disputed: throw RequestRefund.disputed
        case .done(let ids):
            var refunds: [Refund] = []
            for id in ids {
                guard let refund = try await RefundStore.refund(id, in: transaction) else {
                    throw RefundFault.unknownWord
                }
                try await AuditLog.append(
                    "refund.\(refund.status.rawValue)", by: caller, in: request, entityType: "refund",
                    entityID: id.rawValue, after: refund.auditState, reason: work.note, in: transaction)
                refunds.append(refund)
            }
            if work.decision == .approve {
                try await dependencies.restock(refunds, by: caller.user, into: work.left, in: transaction)
            }
            guard let refund = refunds.first(where: { $0.id == work.id }) else { throw RefundFault.unknownWord }
            return refund
        }
    }

    /// 409 `illegal-transition`.
    static func illegal(from status: RefundStatus) -> Problem {
        Problem(
            .illegalTransition, detail: "A refund that is \(status.rawValue) cannot do that.",
            members: [
                ("from", .string(status.rawValue)),
                ("allowed", .strings(RefundStatus.machine.allowed(from: status).map(\.rawValue))),
            ])
    }

    private static func read(_ request: RequestContext) throws -> Work {
        let (text, decision, note) = try request.json { body in
            (
                body.string("id", length: 1...64), body.choice("decision", of: Decision.self),
                body.optionalString("note", length: RequestRefund.noteLength)
            )
        }
        guard let id = RefundID(text) else { throw Problem(.notFound) }
        return Work(id: id, decision: decision, note: note)
    }
}

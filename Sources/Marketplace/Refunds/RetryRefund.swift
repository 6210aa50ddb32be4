// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/refunds/retry/`: a refund that failed is sent to the provider again, under a new key of the provider's. It
/// was booked when it was approved, and is not booked again.
///
/// - Errors: 404; 409 `illegal-transition` for one that did not fail or was superseded;
///   `order-not-refundable` while a dispute is open; `refund-exceeds-refundable` where its payment has less left.
struct RetryRefund: Sendable {
    let dependencies: RefundsDependencies

    private struct Input: Sendable {
        let id: RefundID
        let note: String?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) {
            try Self.read(request)
        } _: { transaction, input in
            switch try await RefundStore.retry(
                input.id, by: caller.user, note: input.note, requestID: "\(request.requestID)", in: transaction)
            {
            case .notFound: throw Problem(.notFound)
            case .notFailed(let status): throw DecideRefund.illegal(from: status)
            case .exceeds(let refundable):
                throw RequestRefund.exceeds(refundable, detail: "Its payment has less left.")
            case .disputed: throw RequestRefund.disputed
            case .done: break
            }
            guard let refund = try await RefundStore.refund(input.id, in: transaction) else { throw Problem(.notFound) }
            try await AuditLog.append(
                "refund.retried", by: caller, in: request, entityType: "refund", entityID: refund.id.rawValue,
                after: refund.auditState, reason: input.note, in: transaction)
            return refund.response()
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (text, note) = try request.json { body in
            (body.string("id", length: 1...64), body.optionalString("note", length: RequestRefund.noteLength))
        }
        guard let id = RefundID(text) else { throw Problem(.notFound) }
        return Input(id: id, note: note)
    }
}

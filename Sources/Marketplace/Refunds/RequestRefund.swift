// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// `POST /api/admin/refund/`: an admin gives money back: all that remains of an order or of one seller's part, lines, shipping, or
/// goodwill on top of them.
///
/// Money, booking, key, audit row and the job that calls the provider commit together. Where what admins asked for of
/// the order comes above the limit with it, the request waits for a second admin; its money is set aside meanwhile.
///
/// - Errors: 404; 409 `order-not-refundable`, `refund-exceeds-refundable`, `line-already-refunded`; 422.
struct RequestRefund: Sendable {
    /// Lines of one request: as many as an order may have.
    static let linesMax = 200
    static let noteLength = 1...1000
    /// Minor units: more than any order.
    static let amountMax = 1_000_000_000_000

    let dependencies: RefundsDependencies

    /// What is asked for, and what its transaction left for after the commit.
    struct Work: Sendable {
        let wish: RefundWish
        let left = RestockedRows()
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) {
            Work(wish: try Self.read(request))
        } _: { transaction, work in
            let refund = try await make(work, caller, request, transaction)
            return refund.response(.created)
        } afterCommit: { work in
            await dependencies.announce(work.left)
        }
    }

    private func make(
        _ work: Work, _ caller: Caller, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws -> Refund {
        let asked = try await RefundStore.ask(
            work.wish, by: caller.user, limit: dependencies.secondAdminAbove, requestID: "\(request.requestID)",
            newID: { dependencies.ids.nextRawValue() }, in: transaction)
        guard case .made(let ids, let isApproved) = asked else { throw Self.refusal(asked) }
        guard let first = ids.first else { throw RefundFault.unknownWord }
        let refunds = try await RefundStore.refunds(ofRequest: first, in: transaction)
        for refund in refunds {
            try await AuditLog.append(
                isApproved ? "refund.approved" : "refund.requested", by: caller, in: request, entityType: "refund",
                entityID: refund.id.rawValue, after: refund.auditState, reason: work.wish.note ?? refund.reason,
                in: transaction)
        }
        if isApproved, work.wish.restock {
            try await dependencies.restock(refunds, by: caller.user, into: work.left, in: transaction)
        }
        guard let refund = refunds.first else { throw RefundFault.unknownWord }
        return refund
    }

    /// 409 `order-not-refundable`: nothing of an order goes back while a dispute about its money is open.
    static var disputed: Problem {
        Problem(.orderNotRefundable, detail: "A dispute about its payment is open.")
    }

    /// 409 `refund-exceeds-refundable` with what can still go back; orders are paid in one currency.
    static func exceeds(_ refundable: Int64, detail: String) -> Problem {
        Problem(
            .refundExceedsRefundable, detail: detail,
            members: [("refundable", .money(Money(minor: refundable, currency: .inr)))])
    }

    private static func refusal(_ asked: RefundStore.Asked) -> Problem {
        switch asked {
        case .notFound: Problem(.notFound)
        case .nothingCaptured: Problem(.orderNotRefundable, detail: "No money was taken for it.")
        case .disputed: disputed
        case .exceeds(let refundable):
            exceeds(refundable, detail: "Less than that can still go back.")
        case .lineRefunded(let place):
            Problem(
                .lineAlreadyRefunded,
                errors: [
                    .init(
                        pointer: "/lines/\(place)/quantity", code: ProblemCode.lineAlreadyRefunded.rawValue,
                        message: "fewer units of it have not gone back yet")
                ])
        case .unknownLine(let place):
            Problem(
                .notFound,
                errors: [
                    .init(pointer: "/lines/\(place)/line_id", code: "not-found", message: "not a line of this order")
                ])
        case .made: Problem(.internalError)
        }
    }
}

/// Carries rows of stock over a commit.
final class RestockedRows: Sendable {
    let rows = Mutex<[StockRow]>([])
}

extension RefundsDependencies {
    /// Puts units back on the shelf, where the refunds ask for it.
    func restock(
        _ refunds: [Refund], by admin: UserID, into left: RestockedRows, in transaction: PostgresTransaction
    ) async throws {
        let rows = try await RefundStore.restock(
            refunds.map(\.id), lineCount: refunds.reduce(0) { $0 + $1.parts.count }, by: admin,
            newID: { ids.nextRawValue() }, in: transaction)
        left.rows.withLock { $0 = rows }
    }

    /// Tells of units that are back, after the commit.
    func announce(_ left: RestockedRows) async {
        let rows = left.rows.withLock { $0 }
        if !rows.isEmpty { await restocked(rows) }
    }
}

extension Refund {
    /// What acts change of it.
    var auditState: [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.field("status", status.rawValue)
            json.field("order_id", order)
            json.field("amount", amount)
        }
        return json.bytes
    }
}

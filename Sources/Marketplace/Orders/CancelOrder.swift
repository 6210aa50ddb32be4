// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/orders/cancel/`: the buyer calls an order off, or the parts of some sellers, as long as nothing of them has left.
///
/// An unpaid order ends as a whole, as with release. Of a paid one every part that may still be cancelled is, or exactly the named ones
/// and none else; its units go back and what was paid for it is owed, in the transaction of the key.
///
/// - Errors: 404 for a foreign or unknown order or part; 409 `illegal-transition` where it is too late; 412 `version-conflict`.
struct CancelOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let cancelling = OrderCancelling(dependencies: dependencies)
        return try await cancelling.answer(request, caller, isAdmin: false)
    }
}

/// What cancelling by buyers and by admins have in common.
struct OrderCancelling: Sendable {
    let dependencies: OrdersDependencies

    struct Work: Sendable {
        let order: OrderID
        let parts: [SellerOrderID]?
        let reason: CancelReason
        /// The version that the order has to have.
        let version: Int64?
        let aftermath = OrderAftermath()
    }

    func answer(_ request: RequestContext, _ caller: Caller, isAdmin: Bool) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention, honoursIfMatch: true,
            retries: OrdersDependencies.retries
        ) {
            try Self.read(request, isAdmin: isAdmin)
        } _: { transaction, work in
            let store = OrderStore(postgres: { transaction }, writer: { transaction })
            try await store.hold(work.order, of: isAdmin ? nil : caller.user, at: work.version)
            let found = try await isAdmin ? store.order(work.order) : store.order(work.order, of: caller.user)
            guard let before = found else { throw Problem(.notFound) }
            if before.head.status == .expired {
                throw OrdersDependencies.illegalTransition(
                    from: .expired, by: isAdmin ? .admin : .buyer, detail: "The order has ended.")
            }
            let left: StockShift
            if let unpaid = try await cancelUnpaid(before, work, request, caller, isAdmin, in: transaction) {
                left = unpaid
            } else {
                left = try await dependencies.move(
                    SellerOrderMove(
                        order: work.order, parts: work.parts, target: .cancelled,
                        mover: isAdmin ? .admin(caller.user) : .buyer(caller.user), address: request.clientAddress,
                        reason: work.reason.text, requestID: "\(request.requestID)"),
                    in: transaction
                ).left
            }
            guard let order = try await store.order(work.order) else { throw Problem(.notFound) }
            var shown = try await dependencies.labelled(order, in: transaction)
            shown.isForAdmin = isAdmin
            var response = HTTPResponse.json(shown)
            response.headers.append(EntityTag(version: shown.version).header)
            try await dependencies.settle(left, in: transaction, work.aftermath)
            return response
        } afterCommit: { work in
            await dependencies.follow(work.aftermath)
        }
    }

    /// - Returns: the units that are to go back; nil where the order is paid, or has ended: then its parts say what can be done.
    private func cancelUnpaid(
        _ order: OrderDetail, _ work: Work, _ request: RequestContext, _ caller: Caller, _ isAdmin: Bool,
        in transaction: PostgresTransaction
    ) async throws -> StockShift? {
        guard order.head.status == .pendingPayment else { return nil }
        if let parts = work.parts, let missing = order.sellerOrders.first(where: { !parts.contains($0.id) }) {
            guard parts.allSatisfy({ part in order.sellerOrders.contains { $0.id == part } }) else {
                throw Problem(.notFound)
            }
            throw OrdersDependencies.illegalTransition(
                from: missing.status, part: missing.id, by: isAdmin ? .admin : .buyer,
                detail: "An unpaid order is cancelled as a whole.")
        }
        let store = OrderStore(postgres: { transaction }, writer: { transaction })
        let actor = isAdmin ? "admin:\(caller.user.rawValue)" : nil
        switch try await store.callOff(
            order.id, of: order.user, by: actor, reason: work.reason.text, requestID: "\(request.requestID)")
        {
        case .notFound: throw Problem(.notFound)
        case .notPending: return nil
        case .cancelled(let left):
            try await AuditLog.append(
                "order.cancelled", by: caller, in: request, entityType: "order", entityID: order.id.rawValue,
                before: Self.state(order.head.status), after: Self.state(.cancelled), reason: work.reason.text,
                in: transaction)
            return left
        }
    }

    private static func state(_ status: OrderStatus) -> [UInt8] {
        var json = JSONWriter(capacity: 48)
        json.object { $0.field("status", status.rawValue) }
        return json.bytes
    }

    private static func read(_ request: RequestContext, isAdmin: Bool) throws -> Work {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, names, reason, version) = try request.json { body in
            (
                body.string("id", length: 1...64),
                body.optionalStrings("seller_order_ids", count: 1...200, length: 1...64),
                isAdmin ? CancelReason.readOfAdmin(&body) : CancelReason.read(&body),
                body.expectedVersion(ifMatch: ifMatch)
            )
        }
        guard let id = OrderID(text) else { throw Problem(.notFound) }
        let parts = try names?.map { name in
            guard let part = SellerOrderID(name) else { throw Problem(.notFound) }
            return part
        }
        var seen: Set<SellerOrderID> = []
        return Work(
            order: id, parts: parts?.filter { seen.insert($0).inserted }, reason: reason, version: version)
    }

    /// The body of buyers.
    static let body = RouteBody.json(.object(what + [.required("reason_code", .reasonCode), note]))

    /// The body of admins.
    static let bodyOfAdmins = RouteBody.json(
        .object(
            what + [
                .optional("reason_code", Schema.reasonCode.orNull.says("This, or `reason`.")),
                .optional(
                    "reason",
                    Schema.string(length: 1...1000, example: "The card was reported stolen.").orNull.says(
                        "In words; it goes before `note`.")),
                note,
            ]))

    private static let what: [Schema.Property] = [
        .required("id", .id(OrderID.self)),
        .optional(
            "seller_order_ids",
            Schema.array(of: .id(SellerOrderID.self), count: 1...200).orNull.says(
                "Only these parts; without it, every one that can be.")),
        .optional("expected_version", Schema.version.orNull),
    ]
    private static let note = Schema.Property.optional(
        "note", Schema.string(length: 1...1000, example: "Twice.").orNull)
}

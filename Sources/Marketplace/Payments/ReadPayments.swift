// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/payments/status/`: an attempt and what it has made of its order, for who may read the order as its buyer: also the members of
/// its company. A foreign one is 404.
struct ReadPayments: Sendable {
    let dependencies: PaymentsDependencies

    func status(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let (payment, order) = (request.query["payment_id"], request.query["order_id"])
        guard (payment == nil) != (order == nil) else {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/payment_id", code: "invalid-parameter",
                        message: "either payment_id or order_id is expected")
                ])
        }
        let refresh = try Self.flag("refresh", request)
        let found: Payment?
        if let payment {
            guard let id = PaymentID(payment) else { throw Problem(.notFound) }
            found = try await visible(
                to: caller.user, { try await dependencies.store.order(of: id) },
                { try await dependencies.store.payment(id, of: $0) })
        } else {
            guard let id = order.flatMap({ OrderID($0) }) else { throw Problem(.notFound) }
            found = try await visible(
                to: caller.user, { id }, { try await dependencies.store.latestPayment(ofOrder: id, of: $0) })
        }
        guard let found else { throw Problem(.notFound) }
        if refresh { await dependencies.checks.refresh(found.id) }
        return try await answer(found.id, found.user)
    }

    /// The caller's own attempt, or one of an order that the caller may read as its buyer.
    ///
    /// - Cost: of one's own nothing besides `read`.
    private func visible(
        to user: UserID, _ order: () async throws -> OrderID?, _ read: (UserID) async throws -> Payment?
    ) async throws -> Payment? {
        if let own = try await read(user) { return own }
        guard let order = try await order(), let owner = try await dependencies.ports.owner(order, user), owner != user
        else { return nil }
        return try await read(owner)
    }

    /// The attempt and its order as they are now.
    func answer(_ id: PaymentID, _ user: UserID) async throws -> HTTPResponse {
        guard let payment = try await dependencies.store.payment(id, of: user),
            let order = try await dependencies.ports.order(payment.order, user)
        else { throw Problem(.notFound) }
        return .json(capacity: 512) { json in
            json.field("payment", payment)
            json.object("order") { json in
                json.field("id", payment.order)
                json.field("status", order.status)
                json.field("payment_status", order.paymentStatus)
            }
        }
    }

    private static func flag(_ name: String, _ request: RequestContext) throws -> Bool {
        switch request.query[name] {
        case nil, "false"?: false
        case "true"?: true
        default: throw Problem(.malformedRequest, detail: "\(name) is neither true nor false.")
        }
    }
}

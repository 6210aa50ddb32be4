// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/payments/status/`: an attempt and what it has made of its order; a foreign one is 404.
struct ReadPayments: Sendable {
    let dependencies: PaymentsDependencies

    func status(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let (payment, order) = (request.query["payment_id"], request.query["order_id"])
        guard (payment == nil) != (order == nil) else {
            throw Problem(.malformedRequest, detail: "Either payment_id or order_id must be given.")
        }
        let refresh = try Self.flag("refresh", request)
        let found: Payment?
        if let payment {
            guard let id = PaymentID(payment) else { throw Problem(.notFound) }
            found = try await dependencies.store.payment(id, of: caller.user)
        } else {
            guard let id = order.flatMap({ OrderID($0) }) else { throw Problem(.notFound) }
            found = try await dependencies.store.latestPayment(ofOrder: id, of: caller.user)
        }
        guard let found else { throw Problem(.notFound) }
        if refresh { await dependencies.checks.refresh(found.id) }
        return try await answer(found.id, caller.user)
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

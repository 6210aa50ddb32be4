// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/orders/set-status/`: an admin says what a carrier has not said. Only the states of carriers, by the same moves.
struct SetOrderStatus: Sendable {
    let dependencies: OrdersDependencies

    /// What carriers report.
    enum Target: String, CaseIterable, Sendable {
        case shipped
        case outForDelivery = "out_for_delivery"
        case delivered
        case deliveryFailed = "delivery_failed"
        case rto
        case rtoReceived = "rto_received"

        var status: SellerOrderStatus {
            switch self {
            case .shipped: .shipped
            case .outForDelivery: .outForDelivery
            case .delivered: .delivered
            case .deliveryFailed: .deliveryFailed
            case .rto: .rto
            case .rtoReceived: .rtoReceived
            }
        }
    }

    private struct Work: Sendable {
        let move: SellerOrderMove
        let aftermath = OrderAftermath()
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention, honoursIfMatch: true,
            retries: OrdersDependencies.retries
        ) {
            Work(move: try Self.read(request, caller))
        } _: { transaction, work in
            let (part, left) = try await dependencies.move(work.move, in: transaction)
            let answer = try await dependencies.response(part, in: left.order, of: nil, in: transaction)
            try await dependencies.settle(left, in: transaction, work.aftermath)
            return answer
        } afterCommit: { work in
            await dependencies.follow(work.aftermath)
        }
    }

    private static func read(_ request: RequestContext, _ caller: Caller) throws -> SellerOrderMove {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, target, version, reason) = try request.json { body in
            (
                body.string("id", length: 1...64), body.choice("status", of: Target.self),
                body.expectedVersion(ifMatch: ifMatch), body.string("reason", length: 1...1000)
            )
        }
        guard let id = SellerOrderID(text) else { throw Problem(.notFound) }
        return SellerOrderMove(
            parts: [id], target: target.status, mover: .admin(caller.user), address: request.clientAddress,
            reason: reason, requestID: "\(request.requestID)", version: version)
    }
}

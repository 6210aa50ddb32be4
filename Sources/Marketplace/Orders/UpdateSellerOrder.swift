// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/sellers/orders/update-status/`: a seller moves its part of an order.
///
/// Key, move and everything that follows from it commit together (`checkout.move_seller_orders_v2`): units leave the shelf with
/// `packed`, money is owed with `rejected` and `cancelled`, earned with `delivered`. The same state again is answered with the part
/// as it is.
///
/// - Errors: 404 for another seller's; 409 `illegal-transition`; 412 `version-conflict`; 422 `shipment-required`, `reason-required`.
struct UpdateSellerOrder: Sendable {
    let dependencies: OrdersDependencies

    /// Where a seller can lead its part.
    enum Target: String, CaseIterable, Sendable {
        case accepted, rejected, packed, shipped
        case outForDelivery = "out_for_delivery"
        case delivered
        case deliveryFailed = "delivery_failed"
        case rto
        case rtoReceived = "rto_received"
        case cancelled

        var status: SellerOrderStatus {
            switch self {
            case .accepted: .accepted
            case .rejected: .rejected
            case .packed: .packed
            case .shipped: .shipped
            case .outForDelivery: .outForDelivery
            case .delivered: .delivered
            case .deliveryFailed: .deliveryFailed
            case .rto: .rto
            case .rtoReceived: .rtoReceived
            case .cancelled: .cancelled
            }
        }

        var needsReason: Bool { self == .rejected || self == .cancelled }
    }

    private struct Work: Sendable {
        let move: SellerOrderMove
        let aftermath = OrderAftermath()
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.seller(of: caller)
        return try await dependencies.transactions.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention, honoursIfMatch: true,
            retries: OrdersDependencies.retries
        ) {
            Work(move: try read(request, seller, caller))
        } _: { transaction, work in
            let (part, left) = try await dependencies.move(work.move, in: transaction)
            let answer = try await dependencies.response(part, in: left.order, of: seller, in: transaction)
            try await dependencies.settle(left, in: transaction, work.aftermath)
            return answer
        } afterCommit: { work in
            await dependencies.follow(work.aftermath)
        }
    }

    private func read(_ request: RequestContext, _ seller: SellerID, _ caller: Caller) throws -> SellerOrderMove {
        let ids = dependencies.ids
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, target, version, reason, shipment) = try request.json { body in
            (
                body.string("id", length: 1...64), body.choice("status", of: Target.self),
                body.expectedVersion(ifMatch: ifMatch),
                body.optionalParsed("reason_code", length: 1...60) { CancelReason.isCode($0) ? $0 : nil },
                body.optionalObject("shipment") { Self.shipment(&$0, id: ids.next()) }
            )
        }
        guard let id = SellerOrderID(text) else { throw Problem(.notFound) }
        if target.needsReason, reason == nil {
            throw Problem(
                .reasonRequired, detail: "Say why.",
                errors: [.init(pointer: "/reason_code", code: "required", message: "a reason is required")])
        }
        if shipment != nil, target != .shipped {
            throw Problem(
                .validationFailed,
                errors: [.init(pointer: "/shipment", code: "invalid", message: "only with the status shipped")])
        }
        return SellerOrderMove(
            parts: [id], target: target.status, mover: .seller(seller, caller.user), address: request.clientAddress,
            reason: reason, requestID: "\(request.requestID)", version: version, shipment: shipment)
    }

    private static func shipment(_ body: inout JSONInput, id: ShipmentID) -> NewShipment {
        let carrier = body.string("carrier", length: 1...60)
        let number = body.optionalString("tracking_number", length: 1...60)
        if number == nil, carrier != NewShipment.ownCarrier {
            body.fail("tracking_number", code: "required", message: "required unless the seller brings it")
        }
        let url = body.optionalParsed("tracking_url", length: 1...500) { text in
            let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            return isPlain && (text.hasPrefix("https://") || text.hasPrefix("http://")) ? text : nil
        }
        let bill = body.optionalString("eway_bill", length: 1...20)
        let lines = body.optionalArray("lines", count: 1...200) { line in
            (
                line: line.parsed("line_id", length: 1...64, placeholder: OrderLineID(rawValue: 0)) { OrderLineID($0) },
                quantity: line.int("quantity", in: 1...1_000_000)
            )
        }
        return NewShipment(
            id: id, carrier: carrier, trackingNumber: number, trackingURL: url, ewayBill: bill, lines: lines)
    }
}

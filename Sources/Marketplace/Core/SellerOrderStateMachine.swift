// SPDX-License-Identifier: Apache-2.0

/// The states of one seller's part of an order.
public enum SellerOrderStatus: String, Hashable, Sendable, CaseIterable {
    case pendingPayment = "pending_payment"
    case placed, accepted, packed, shipped
    case outForDelivery = "out_for_delivery"
    case delivered, completed, rejected, cancelled
    case deliveryFailed = "delivery_failed"
    case rto
    case rtoReceived = "rto_received"
    case returnInProgress = "return_in_progress"
    case partiallyReturned = "partially_returned"
    case returned

    /// Whether this part is finished, in the sense in which an order completes when all its parts are.
    public var isFinished: Bool {
        switch self {
        case .completed, .cancelled, .rejected, .returned, .rtoReceived, .partiallyReturned: true
        default: false
        }
    }
}

/// What can happen to one seller's part of an order.
public enum SellerOrderEvent: String, Hashable, Sendable, CaseIterable {
    case place, accept, reject, pack, ship, deliver, complete, cancel
    case sendOut = "send_out"
    case failDelivery = "fail_delivery"
    case retryDelivery = "retry_delivery"
    case returnToOrigin = "return_to_origin"
    case receiveReturnToOrigin = "receive_return_to_origin"
    case openReturn = "open_return"
    case declineReturn = "decline_return"
    case acceptPartOfReturn = "accept_part_of_return"
    case acceptReturn = "accept_return"
}

/// What has to hold besides, for an event to move a part.
public enum SellerOrderGuard: String, Hashable, Sendable, CaseIterable {
    /// A parcel is named, of units that are in none yet and were not refunded.
    case shipment
    /// All units that were not refunded are in parcels; where the seller says so, in parcels that the seller brings.
    case parcels
    /// Where the server says so, the time to accept has passed.
    case overdue
    /// The return window is over.
    case window
}

extension SellerOrderEvent {
    /// What has to hold besides.
    public var condition: SellerOrderGuard? {
        switch self {
        case .ship: .shipment
        case .deliver: .parcels
        case .reject: .overdue
        case .complete: .window
        default: nil
        }
    }
}

extension SellerOrderStatus {
    /// The life of one seller's part of an order.
    ///
    /// `pending_payment` ends with the order's payment, expiry or cancellation. A part that is not accepted in time is
    /// rejected by the server.
    public static let machine = StateMachine<SellerOrderStatus, SellerOrderEvent>([
        move(.place, from: [.pendingPayment], to: .placed, by: [.provider, .system]),
        move(.accept, from: [.placed], to: .accepted, by: [.seller]),
        move(.reject, from: [.placed], to: .rejected, by: [.seller, .system]),
        move(.pack, from: [.accepted], to: .packed, by: [.seller]),
        move(.ship, from: [.packed], to: .shipped, by: [.seller]),
        move(.sendOut, from: [.shipped], to: .outForDelivery, by: [.seller, .admin, .system]),
        move(.deliver, from: [.shipped, .outForDelivery], to: .delivered, by: [.seller, .admin, .system]),
        move(.complete, from: [.delivered], to: .completed, by: [.system]),
        move(.cancel, from: [.pendingPayment], to: .cancelled, by: [.buyer, .admin, .system]),
        // The server, where all of its units were refunded.
        move(.cancel, from: [.placed, .accepted, .packed], to: .cancelled, by: [.buyer, .seller, .admin, .system]),
        move(.failDelivery, from: [.shipped, .outForDelivery], to: .deliveryFailed, by: [.seller, .admin, .system]),
        move(.retryDelivery, from: [.deliveryFailed], to: .shipped, by: [.seller, .admin, .system]),
        move(.returnToOrigin, from: [.deliveryFailed], to: .rto, by: [.seller, .admin, .system]),
        move(.receiveReturnToOrigin, from: [.rto], to: .rtoReceived, by: [.seller, .admin]),
        move(.openReturn, from: [.delivered], to: .returnInProgress, by: [.buyer, .system]),
        move(.declineReturn, from: [.returnInProgress], to: .delivered, by: [.seller, .admin, .system]),
        move(.acceptPartOfReturn, from: [.returnInProgress], to: .partiallyReturned, by: [.seller, .admin, .system]),
        move(.acceptReturn, from: [.returnInProgress], to: .returned, by: [.seller, .admin, .system]),
        // Late money gave the units back to an order that had expired or was called off.
        move(.place, from: [.cancelled], to: .placed, by: [.system]),
    ])

    private static func move(
        _ event: SellerOrderEvent, from: [SellerOrderStatus], to: SellerOrderStatus, by: Parties
    ) -> [Transition<SellerOrderStatus, SellerOrderEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}

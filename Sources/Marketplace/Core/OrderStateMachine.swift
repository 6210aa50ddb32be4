// SPDX-License-Identifier: Apache-2.0

/// The states of a customer's order.
public enum OrderStatus: String, Hashable, Sendable, CaseIterable {
    /// A company's approver has to agree; nothing is reserved yet.
    case pendingApproval = "pending_approval"
    /// Units are reserved and wait for the money.
    case pendingPayment = "pending_payment"
    /// Paid, or payable later by agreement.
    case confirmed
    /// At least one seller has accepted.
    case processing
    /// Every part is finished and at least one was fulfilled.
    case completed
    /// Not paid in time; the units went back.
    case expired
    /// Called off, rejected, or all its parts were.
    case cancelled
}

/// What can happen to a customer's order.
public enum OrderEvent: String, Hashable, Sendable, CaseIterable {
    /// An approver agreed; payment is next.
    case approve
    /// An approver agreed and the order is on credit.
    case approveOnCredit = "approve_on_credit"
    /// An approver refused.
    case reject
    /// Captured, or cash on delivery or credit chosen.
    case pay
    /// The reservation ran out.
    case expire
    /// Someone called it off.
    case cancel
    /// A seller accepted its part.
    case accept
    /// The last part ended, and at least one was fulfilled.
    case complete
    /// Late money found the units still available.
    case revive
}

extension OrderStatus {
    /// The life of an order. The database has the same rows (`platform.moves`).
    public static let machine = StateMachine<OrderStatus, OrderEvent>([
        move(.approve, from: [.pendingApproval], to: .pendingPayment, by: [.buyer]),
        move(.approveOnCredit, from: [.pendingApproval], to: .confirmed, by: [.buyer]),
        move(.reject, from: [.pendingApproval], to: .cancelled, by: [.buyer]),
        move(.pay, from: [.pendingPayment], to: .confirmed, by: [.provider, .system]),
        move(.expire, from: [.pendingPayment], to: .expired, by: [.system]),
        move(.cancel, from: [.pendingPayment], to: .cancelled, by: [.buyer, .admin, .system]),
        move(.cancel, from: [.confirmed, .processing], to: .cancelled, by: [.system]),
        move(.accept, from: [.confirmed], to: .processing, by: [.seller, .system]),
        move(.complete, from: [.confirmed, .processing], to: .completed, by: [.system]),
        move(.revive, from: [.expired, .cancelled], to: .confirmed, by: [.system]),
    ])

    private static func move(
        _ event: OrderEvent, from: [OrderStatus], to: OrderStatus, by: Parties
    ) -> [Transition<OrderStatus, OrderEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}

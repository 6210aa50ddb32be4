// SPDX-License-Identifier: Apache-2.0

/// The states of one attempt to pay an order.
public enum PaymentStatus: String, Hashable, Sendable, CaseIterable {
    /// Our row exists; the provider has not answered yet.
    case created
    /// The provider has its order and waits for the customer.
    case initiated
    /// The money is set aside but not taken.
    case authorized
    /// The money is taken.
    case captured
    /// Some of it went back.
    case partiallyRefunded = "partially_refunded"
    /// All of it went back.
    case refunded
    /// The provider reported a failure, which a late authorisation may still overtake.
    case failed
    /// The customer did not pay in time, which a late capture may still overtake.
    case expired
    /// Set aside but not taken in time.
    case voided

    /// Whether this attempt keeps another one from being opened for its order.
    public var isOpen: Bool { self == .created || self == .initiated }
}

/// What can happen to an attempt to pay.
public enum PaymentEvent: String, Hashable, Sendable, CaseIterable {
    case initiate, authorize, capture, fail, expire, void
    case refundPart = "refund_part"
    case refundAll = "refund_all"
}

extension PaymentStatus {
    /// The life of an attempt to pay. Events come late, twice and in any order: one that would lead back is ignored.
    ///
    /// What the provider says of money is believed whatever we have made of the attempt: an authorization after its time is given up
    /// (or captured by the provider all the same), and money that was taken after we gave it up is captured, and goes back.
    /// The database has the same rows (`platform.moves`).
    public static let machine = StateMachine<PaymentStatus, PaymentEvent>(
        [
            move(.initiate, from: [.created], to: .initiated, by: [.system]),
            // From voided by another payment than the one that was given up: that one's own news change nothing.
            move(
                .authorize, from: [.created, .initiated, .failed, .expired, .voided], to: .authorized,
                by: [.provider]),
            move(
                .capture, from: [.created, .initiated, .failed, .expired, .authorized, .voided], to: .captured,
                by: [.provider]),
            move(.fail, from: [.created, .initiated], to: .failed, by: [.provider]),
            move(.expire, from: [.created, .initiated], to: .expired, by: [.system]),
            // Also of an authorization that we never heard of.
            move(
                .void, from: [.created, .initiated, .failed, .expired, .authorized], to: .voided,
                by: [.provider, .system]),
            move(.refundPart, from: [.captured, .partiallyRefunded], to: .partiallyRefunded, by: [.provider]),
            move(.refundAll, from: [.captured, .partiallyRefunded], to: .refunded, by: [.provider]),
        ], progress: { $0.progress })

    private var progress: Int {
        switch self {
        case .created: 0
        case .initiated: 1
        case .failed, .expired: 2
        case .authorized: 3
        case .voided: 4
        case .captured: 5
        case .partiallyRefunded: 6
        case .refunded: 7
        }
    }

    private static func move(
        _ event: PaymentEvent, from: [PaymentStatus], to: PaymentStatus, by: Parties
    ) -> [Transition<PaymentStatus, PaymentEvent>] {
        StateMachine.moves(event, from: from, to: to, by: by)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Why an admin gives money back.
///
/// Refunds that nobody asks for have causes of their own: `cancelled`, `rejected`, `duplicate_payment`, `stock_unavailable`,
/// `order_not_payable`; those made in the provider's dashboard `provider` and `not_captured`.
enum RefundReason: String, CaseIterable, Sendable {
    case damaged
    case wrongItem = "wrong_item"
    case notAsDescribed = "not_as_described"
    case missingItems = "missing_items"
    case notDelivered = "not_delivered"
    case lateDelivery = "late_delivery"
    case returned = "return"
    case cancelled
    case priceAdjustment = "price_adjustment"
    case goodwill
    /// Money of another amount than was asked for, which its order did not accept.
    case amountMismatch = "amount_mismatch"
    case other

    /// Whether the seller caused it, who then pays where nobody says otherwise.
    var isSellersFault: Bool {
        switch self {
        case .damaged, .wrongItem, .notAsDescribed, .missingItems, .notDelivered, .lateDelivery, .returned, .cancelled:
            true
        case .priceAdjustment, .goodwill, .amountMismatch, .other: false
        }
    }
}

/// Who pays for a refund.
enum RefundFunding: String, CaseIterable, Sendable {
    case seller, platform
    /// The seller where they caused it, else the platform.
    case auto

    /// Who it is.
    func payer(for reason: RefundReason) -> RefundFunding {
        self == .auto ? (reason.isSellersFault ? .seller : .platform) : self
    }
}

/// How fast the provider is asked to be.
enum RefundSpeed: String, CaseIterable, Sendable {
    /// In some working days, for nothing.
    case normal
    /// At once where the customer's bank can, for a fee.
    case optimum
}

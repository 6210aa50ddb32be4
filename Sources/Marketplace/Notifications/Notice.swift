// SPDX-License-Identifier: Apache-2.0

/// Everything that people are told: one case for each kind of event and each kind of reader.
///
/// A raw value is the event's type, with `@` and the reader where an event has several notices. It is stored, so it does not
/// change. Who reads it is in `Notice+Rows`, what it says in `EnglishNotices` and `HindiNotices`.
///
/// What an event's payload has to hold, as numbers, for its notice to have readers and a text:
///
/// | readers | found by |
/// |---|---|
/// | buyer | `user_id`, else `order_id`, else `seller_order_id` |
/// | user | `user_id` |
/// | sellers | `seller_id`, else `seller_order_id`, else `product_id` or `variant_id` |
/// | admins | – |
///
/// Texts show `order_id`, an amount (`amount_minor` or `total_minor`, and `currency`), `product_id` or `variant_id` and the seller's name
/// where there are some. Events that nobody writes yet (`return.…`, `settlement.…`) get their case with the context that does.
enum Notice: String, CaseIterable, Sendable {
    // Buyers
    case orderConfirmed = "order.confirmed"
    case orderExpired = "order.expired"
    case orderCancelled = "order.cancelled"
    case orderCompleted = "order.completed"
    case partAccepted = "seller_order.accepted"
    case partRejected = "seller_order.rejected"
    case partPacked = "seller_order.packed"
    case partShipped = "seller_order.shipped"
    case partOutForDelivery = "seller_order.out_for_delivery"
    case partDelivered = "seller_order.delivered"
    case partDeliveryFailed = "seller_order.delivery_failed"
    case partCancelled = "seller_order.cancelled"
    case paymentFailed = "payment.failed"
    case paymentLate = "payment.late"
    case paymentDuplicate = "payment.duplicate"
    case refundApproved = "refund.approved"
    case refundProcessed = "refund.processed"
    case reviewHidden = "review.hidden"
    case reviewRejected = "review.rejected"
    case wishlistPrice = "wishlist.price_dropped"
    case wishlistStock = "wishlist.back_in_stock"

    // Sellers
    case newOrder = "seller_order.placed"
    case ownPartCancelled = "seller_order.cancelled@seller"
    case ownPartReturning = "seller_order.rto"
    case ownPartCompleted = "seller_order.completed"
    case sellerApproved = "seller.approved"
    case sellerRejected = "seller.rejected"
    case sellerReinstated = "seller.reinstated"
    case sellerSuspended = "seller.suspended"
    case sellerClosed = "seller.closed"
    case kycVerified = "kyc.verified"
    case kycRejected = "kyc.rejected"
    case kycNeedsUpdate = "kyc.needs_update"
    case productApproved = "product.approved"
    case productRejected = "product.rejected"
    case stockLow = "stock.low"
    case stockOut = "stock.out"
    case reviewPublished = "review.published"

    // Admins
    case kycSubmitted = "kyc.submitted"
    case paymentMismatch = "payment.captured@admin"
    case paymentDisputed = "payment.disputed"
    case refundRequested = "refund.requested"
    case refundFailed = "refund.failed"

    /// The event's type, which the API shows.
    var type: Substring { rawValue.prefix { $0 != "@" } }

    /// The notices of an event, by its type.
    static func of(_ type: String) -> [Notice] { byType[type[...]] ?? [] }

    private static let byType = Dictionary(grouping: allCases, by: \.type)
}

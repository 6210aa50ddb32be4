// SPDX-License-Identifier: Apache-2.0

/// The notices in English.
enum EnglishNotices {
    static func text(of notice: Notice) -> NoticeText {
        switch notice {
        case .orderConfirmed: NoticeText("Order confirmed", "Your order {order} for {amount} is confirmed.")
        case .orderExpired: NoticeText("Order expired", "Your order {order} was not paid in time and has ended.")
        case .orderCancelled: NoticeText("Order cancelled", "Your order {order} was cancelled.")
        case .orderCompleted: NoticeText("Order completed", "Your order {order} is complete.")
        case .partAccepted: NoticeText("Seller accepted", "{business} accepted its part of your order {order}.")
        case .partRejected:
            NoticeText(
                "Seller declined", "{business} cannot deliver its part of your order {order}. The money goes back.")
        case .partPacked: NoticeText("Packed", "{business} packed its part of your order {order}.")
        case .partShipped: NoticeText("Shipped", "{business} shipped its part of your order {order}.")
        case .partOutForDelivery: NoticeText("Out for delivery", "A parcel of your order {order} arrives today.")
        case .partDelivered: NoticeText("Delivered", "A parcel of your order {order} from {business} was delivered.")
        case .partDeliveryFailed:
            NoticeText("Delivery failed", "A parcel of your order {order} could not be delivered. It is tried again.")
        case .partCancelled: NoticeText("Part cancelled", "The part of {business} in your order {order} was cancelled.")
        case .paymentFailed: NoticeText("Payment failed", "A payment of {amount} for your order {order} failed.")
        case .paymentLate:
            NoticeText("Late payment", "Your payment of {amount} came after the order {order} had ended.")
        case .paymentDuplicate: NoticeText("Paid twice", "Your order {order} was paid twice. {amount} go back.")
        case .refundApproved: NoticeText("Refund on its way", "{amount} of your order {order} go back to you.")
        case .refundProcessed: NoticeText("Refunded", "{amount} of your order {order} were paid back.")
        case .reviewHidden: NoticeText("Review hidden", "Your review of {product} is not shown any more.")
        case .reviewRejected: NoticeText("Review not published", "Your review of {product} was not published.")
        case .wishlistPrice: NoticeText("Price dropped", "{product} costs {amount} now.")
        case .wishlistStock: NoticeText("Back in stock", "{product} is available again.")
        case .newOrder: NoticeText("New order", "{business} has a new order {order}.")
        case .ownPartCancelled: NoticeText("Order cancelled", "The order {order} to {business} was cancelled.")
        case .ownPartReturning:
            NoticeText("Parcel comes back", "A parcel of the order {order} comes back to {business}.")
        case .ownPartCompleted: NoticeText("Order completed", "The order {order} to {business} is complete.")
        case .sellerApproved: NoticeText("Approved", "{business} may sell.")
        case .sellerRejected: NoticeText("Not approved", "{business} was not approved.")
        case .sellerReinstated: NoticeText("Reinstated", "{business} may sell again.")
        case .sellerSuspended:
            NoticeText("Suspended", "{business} is suspended: its products cannot be bought for now.")
        case .sellerClosed: NoticeText("Closed", "{business} was closed.")
        case .kycVerified: NoticeText("Documents verified", "All documents of {business} are verified.")
        case .kycRejected:
            NoticeText("Documents rejected", "A document of {business} was rejected. Please hand in another.")
        case .kycNeedsUpdate: NoticeText("Documents needed", "Documents of {business} have to be handed in again.")
        case .productApproved: NoticeText("Product approved", "{product} was approved.")
        case .productRejected: NoticeText("Product not approved", "{product} was not approved.")
        case .stockLow: NoticeText("Stock is low", "Few units of {product} are left.")
        case .stockOut: NoticeText("Out of stock", "{product} is sold out.")
        case .reviewPublished: NoticeText("New review", "{product} has a new review.")
        case .kycSubmitted: NoticeText("Documents to examine", "{business} handed in its documents.")
        case .paymentMismatch:
            NoticeText("Amount differs", "{amount} were paid for the order {order}, which is not what was asked for.")
        case .paymentDisputed:
            NoticeText("Payment disputed", "A payment of {amount} for the order {order} is disputed.")
        case .refundRequested:
            NoticeText("Refund to decide", "A refund of {amount} for the order {order} waits for a decision.")
        case .refundFailed:
            NoticeText("Refund failed", "A refund of {amount} for the order {order} failed and is still owed.")
        }
    }
}

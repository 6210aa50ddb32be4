// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Who reads a notice, and whether it is written by mail as well.
struct NoticeRow: Sendable {
    /// Who reads it.
    enum Readers: Sendable {
        case buyer, user, sellers
        /// Admins who may do this.
        case admins(Permissions)

        /// As `checkout.notice_readers_v2` knows it.
        var column: String {
            switch self {
            case .buyer: "buyer"
            case .user: "user"
            case .sellers: "seller"
            case .admins: "admin"
            }
        }

        var permission: String? {
            if case .admins(let permission) = self { permission.names.first } else { nil }
        }
    }

    let readers: Readers
    /// What preferences call it.
    let kind: NotificationKind
    /// The mail; nil for none, or where whoever does what the event tells owes one already.
    let mail: MailTemplate?
    /// A boolean of the payload that must be true; nil for none.
    let condition: StaticString?

    init(
        _ readers: Readers, _ kind: NotificationKind, mail: MailTemplate? = nil, where condition: StaticString? = nil
    ) {
        self.readers = readers
        self.kind = kind
        self.mail = mail
        self.condition = condition
    }

    func applies(to payload: JSONValue) -> Bool {
        guard let condition else { return true }
        return payload[condition]?.bool == true
    }
}

extension Notice {
    /// The table.
    var row: NoticeRow {
        switch self {
        case .orderConfirmed: NoticeRow(.buyer, .order, mail: .orderConfirmed)
        case .orderExpired: NoticeRow(.buyer, .order)
        case .orderCancelled: NoticeRow(.buyer, .order, mail: .orderCancelled)
        case .orderCompleted: NoticeRow(.buyer, .order)
        case .partAccepted: NoticeRow(.buyer, .order)
        case .partRejected: NoticeRow(.buyer, .order, mail: .orderPartCancelled)
        case .partPacked: NoticeRow(.buyer, .order)
        case .partShipped: NoticeRow(.buyer, .order, mail: .orderShipped)
        case .partOutForDelivery: NoticeRow(.buyer, .order)
        case .partDelivered: NoticeRow(.buyer, .order, mail: .orderDelivered)
        case .partDeliveryFailed: NoticeRow(.buyer, .order)
        case .partCancelled: NoticeRow(.buyer, .order)
        case .paymentFailed: NoticeRow(.buyer, .payment, mail: .paymentFailed)
        case .paymentLate: NoticeRow(.buyer, .payment)
        case .paymentDuplicate: NoticeRow(.buyer, .payment)
        case .refundApproved: NoticeRow(.buyer, .refund)
        case .refundProcessed: NoticeRow(.buyer, .refund, mail: .refundProcessed)
        case .reviewHidden: NoticeRow(.user, .review)
        case .reviewRejected: NoticeRow(.user, .review)
        case .wishlistPrice: NoticeRow(.user, .wishlist)
        case .wishlistStock: NoticeRow(.user, .wishlist)

        case .newOrder: NoticeRow(.sellers, .sellerOrder, mail: .sellerNewOrder)
        case .ownPartCancelled: NoticeRow(.sellers, .sellerOrder, mail: .sellerOrderCancelled)
        case .ownPartReturning: NoticeRow(.sellers, .sellerOrder)
        case .ownPartCompleted: NoticeRow(.sellers, .sellerOrder)
        // The mails of both leave with the decision, which has the reviewer's words.
        case .sellerApproved: NoticeRow(.sellers, .seller)
        case .sellerRejected: NoticeRow(.sellers, .seller)
        case .sellerReinstated: NoticeRow(.sellers, .seller)
        case .sellerSuspended: NoticeRow(.sellers, .seller, mail: .sellerSuspended)
        case .sellerClosed: NoticeRow(.sellers, .seller, mail: .sellerClosed)
        case .kycVerified: NoticeRow(.sellers, .kyc, mail: .kycVerified)
        case .kycRejected: NoticeRow(.sellers, .kyc, mail: .kycRejected)
        // Its mail is a security mail and leaves with the change.
        case .kycNeedsUpdate: NoticeRow(.sellers, .kyc)
        case .productApproved: NoticeRow(.sellers, .product)
        case .productRejected: NoticeRow(.sellers, .product)
        case .stockLow: NoticeRow(.sellers, .stock)
        case .stockOut: NoticeRow(.sellers, .stock)
        case .reviewPublished: NoticeRow(.sellers, .review)

        case .kycSubmitted: NoticeRow(.admins(.sellersWrite), .kyc)
        case .paymentMismatch: NoticeRow(.admins(.ordersWrite), .payment, where: "mismatch")
        case .paymentDisputed: NoticeRow(.admins(.refundsWrite), .payment)
        case .refundRequested: NoticeRow(.admins(.refundsWrite), .refund)
        case .refundFailed: NoticeRow(.admins(.refundsWrite), .refund)
        }
    }
}

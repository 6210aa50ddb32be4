// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// The mails that the shop writes; each has its texts in every language (`Notifications/MailTexts`).
public enum MailTemplate: String, CaseIterable, Sendable {
    // Accounts. Security mails: nobody can switch them off.
    case welcome = "account.welcome"
    case verifyEmail = "account.verify-email"
    case resetPassword = "account.reset-password"
    case passwordChanged = "account.password-changed"
    case confirmOldEmail = "account.confirm-old-email"
    case confirmNewEmail = "account.confirm-new-email"
    case emailChanged = "account.email-changed"
    case secondFactorEnrolled = "account.second-factor-enrolled"
    case accountBlocked = "account.blocked"
    case accountUnblocked = "account.unblocked"
    case deletionRequested = "account.deletion-requested"

    // Sellers
    case sellerApproved = "seller.approved"
    case sellerRejected = "seller.rejected"
    case sellerDetailsChanged = "seller.details-changed"
    case productApproved = "product.approved"
    case productRejected = "product.rejected"

    // What buyers and sellers are told of events; written once for each, by `Notifications/TellReaders`.
    case orderConfirmed = "order.confirmed"
    case orderShipped = "order.shipped"
    case orderDelivered = "order.delivered"
    case orderCancelled = "order.cancelled"
    case orderPartCancelled = "order.part-cancelled"
    case paymentFailed = "payment.failed"
    case refundProcessed = "refund.processed"
    case sellerNewOrder = "seller.new-order"
    case sellerOrderCancelled = "seller.order-cancelled"
    case sellerSuspended = "seller.suspended"
    case sellerClosed = "seller.closed"
    case kycVerified = "kyc.verified"
    case kycRejected = "kyc.rejected"

    // Companies
    case companyInvitation = "company.invitation"
}

/// A mail that a transaction owes somebody.
public struct Mail: Sendable {
    /// To whom.
    public enum Recipient: Sendable, Hashable {
        /// To the address that the user has when it is sent.
        case user(UserID)
        /// To an address that is nobody's yet, or not any more.
        case address(String, name: String)
    }

    /// What it says.
    public let template: MailTemplate
    /// To whom.
    public let recipient: Recipient
    /// In which language, such as `hi-IN`; nil: the user's own, English for an address.
    public let locale: String?
    /// What the text's places hold, by their names; `name` is the recipient's unless given here.
    public let data: [String: String]
    /// The secret that the mail carries, in the place `token`.
    public let token: MailToken?
    /// Names the mail, so that it is owed once however often it is asked for; nil: each call owes one.
    public let key: String?

    /// States a mail.
    public init(
        _ template: MailTemplate, to recipient: Recipient, locale: String? = nil, data: [String: String] = [:],
        token: MailToken? = nil, key: String? = nil
    ) {
        self.template = template
        self.recipient = recipient
        self.locale = locale
        self.data = data
        self.token = token
        self.key = key
    }
}

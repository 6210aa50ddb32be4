// SPDX-License-Identifier: Apache-2.0

/// The kinds of news that people choose from: whether they see them in the shop, and get them by mail.
///
/// Security mails are not among them: they are always on.
public enum NotificationKind: String, CaseIterable, Sendable {
    case order
    case sellerOrder = "seller_order"
    case payment, refund
    case `return`
    case settlement, seller, kyc, product, stock, review, quote, credit, invoice, wishlist, marketing
}

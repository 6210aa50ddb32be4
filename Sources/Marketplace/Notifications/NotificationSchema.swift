// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of notifications.
enum NotificationSchema {
    private static let data = Schema.object(
        [
            .optional("order_id", .id(OrderID.self)), .optional("seller_order_id", .id(SellerOrderID.self)),
            .optional("payment_id", .id(PaymentID.self)), .optional("refund_id", .id(RefundID.self)),
            .optional("product_id", .id(ProductID.self)), .optional("variant_id", .id(VariantID.self)),
            .optional("seller_id", .id(SellerID.self)), .optional("review_id", .id(ReviewID.self)),
            .optional("amount", .money(129_900)), .optional("product", .string(example: "Walnut bookshelf speaker")),
            .optional("business", .string(example: "Asha Electronics")),
        ], isClosed: true
    ).says("What it is about; which members there are depends on the type.")

    static let notification = Schema.object(
        [
            .required("id", .id(NotificationID.self)),
            .required("type", .string(length: 1...100, example: "order.confirmed").says("The event that it tells of.")),
            .required("title", .string(example: "Order confirmed")),
            .required("body", .string(example: "Your order 01JD3K5V8X9YA for ₹1,299.00 is confirmed.")),
            .required("data", data),
            .optional("link", .string(example: "/orders/ord_01jd3k5v8x9ya").says("In the shop's pages.")),
            .optional("read_at", .timestamp), .required("created_at", .timestamp),
        ], isClosed: true
    ).named("Notification")

    static let unread = Schema.integer(0...Int.max, example: 3)

    static let marked = RouteAnswer.json(
        .ok, "What was marked, and what is left.",
        .object([.required("updated", unread), .required("unread_count", unread)], isClosed: true))

    private static let choice = Schema.object([
        .optional("in_app", .boolean(example: true)), .optional("email", .boolean(example: false)),
    ])

    static let preferences = Schema.object([
        .required(
            "preferences",
            .map(
                of: choice, names: .choice(NotificationKind.allCases.map(\.rawValue), example: "order"),
                example: ["order": ["in_app": true, "email": false]]))
    ]).named("NotificationPreferences")
}

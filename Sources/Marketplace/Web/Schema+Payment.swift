// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore

extension Schema {
    /// One attempt to pay an order.
    public static let payment = Schema.object(paymentMembers, isClosed: true).named("Payment")

    /// Its members, for what has more of them.
    public static let paymentMembers: [Property] = [
        .required("id", .id(PaymentID.self)), .required("order_id", .id(OrderID.self)),
        .required("provider", .choice(["razorpay"])),
        .optional("method", .string(example: "upi").says("As the provider calls it.")),
        .required("status", .choice(of: PaymentStatus.self, example: .captured)),
        .required("amount", .money(259_800)), .required("refunded_amount", .money(0)),
        .optional("provider_order_id", .string(example: "order_RkT3s9pQvXz1Lm")),
        .optional("provider_payment_id", .string(example: "pay_RkT5b2nWqYc8Jd")),
        .required(
            "attempts",
            .integer(0...Int.max, example: 1).says("Payments that the provider has reported for this attempt.")),
        .optional(
            "failure",
            .object(
                [
                    .optional("code", .string(example: "BAD_REQUEST_ERROR")),
                    .optional("message", .string(example: "The bank refused the first try.")),
                ], isClosed: true)),
        .required("created_at", .timestamp), .optional("captured_at", .timestamp),
    ]
}

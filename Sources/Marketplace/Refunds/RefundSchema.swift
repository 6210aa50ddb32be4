// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of refunds.
enum RefundSchema {
    static let note = Schema.string(length: RequestRefund.noteLength, example: "Seen on a photograph.")
    static let id = Schema.Property.required("id", .id(RefundID.self))

    /// An amount that is sent.
    static let moneyInput = Schema.object([
        .required("amount", .integer(1...RequestRefund.amountMax, example: 49_900)),
        .required("currency", .constant("INR")),
    ])

    private static let line = Schema.object(
        [
            .required("line_id", .id(OrderLineID.self)),
            .required("quantity", .integer(0...1_000_000, example: 1)),
            .required("amount", .money(49_900)), .required("taxable_value", .money(42_288)),
            .required(
                "tax",
                .object(
                    [
                        .required("cgst", .money(3_806)), .required("sgst", .money(3_806)),
                        .required("igst", .money(0)),
                    ], isClosed: true)),
        ], isClosed: true
    ).named("RefundLine")

    private static let members: [Schema.Property] = [
        .required("id", .id(RefundID.self)),
        .required(
            "request_id",
            Schema.id(RefundID.self).says(
                "The same for all refunds of one request, which may take from several payments.")),
        .required("payment_id", .id(PaymentID.self)), .required("order_id", .id(OrderID.self)),
        .optional("seller_order_id", .id(SellerOrderID.self)), .required("amount", .money(49_900)),
        .required("lines", .array(of: line, example: [])), .optional("shipping", .money(4_900)),
        .optional("goodwill", .money(5_000)),
        .required("status", .choice(of: RefundStatus.self, example: .processed)),
        .required("reason_code", .string(example: "damaged")),
        .required("funded_by", .choice(["seller", "platform"], example: "seller")),
        .required("speed", .choice(of: RefundSpeed.self, example: .normal)),
        .optional("speed_processed", .string(example: "normal").says("As the provider calls it.")),
        .optional("provider_refund_id", .string(example: "rfnd_RkT9c4mVtYb2Lp")),
        .required("created_at", .timestamp), .optional("processed_at", .timestamp),
    ]

    private static let internals: [Schema.Property] = [
        .required("user_id", .id(UserID.self)),
        .required("origin", .choice(["automatic", "manual", "provider"], example: "manual")),
        .optional("note", .string(example: "Seen on a photograph.")), .optional("requested_by", .id(UserID.self)),
        .optional("decided_by", .id(UserID.self)),
        .required(
            "superseded",
            .boolean(example: false).says(
                "It failed, and another refund took its place, or a dispute that was lost gave it back (`charged_back`)."
            )
        ),
        .optional(
            "failure",
            .object(
                [
                    .optional("code", .string(example: "BAD_REQUEST_ERROR")),
                    .optional("message", .string(example: "The account is closed.")),
                ], isClosed: true)),
    ]

    private static let step = Schema.object(
        [
            .required("at", .timestamp), .optional("from", .choice(of: RefundStatus.self, example: .approved)),
            .required("to", .choice(of: RefundStatus.self, example: .submitted)),
            .required("event", .string(example: "submit")), .required("actor", .string(example: "razorpay")),
            .optional("reason", .string(example: "The account is closed.")),
        ], isClosed: true
    ).named("RefundStep")

    static let buyer = Schema.object(members, isClosed: true).named("Refund")
    static let admin = Schema.object(members + internals, isClosed: true).named("AdminRefund")
    static let adminDetail = Schema.object(
        members + internals + [.required("history", .array(of: step, example: []))], isClosed: true
    ).named("AdminRefundDetail")
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadAnyOrder {
    static let description = RouteDescription(
        tag: .admin, summary: "Read anybody's order", text: "With everything that is known of it.",
        parameters: [
            .query("id", "The order.", .id(OrderID.self)),
            .query("number", "Its number, instead of the id.", OrderSchema.number),
        ],
        answers: [.json(.ok, "The order.", order, headers: [.etag])], problems: [.notFound, .validationFailed])

    private static var order: Schema {
        .object(
            OrderSchema.orderMembers + [
                .required("customer_id", .id(UserID.self)),
                .required("payment_method", .choice(PaymentStatus.methods, example: "razorpay")),
                .required("inbox_events", .array(of: inboxEvent, example: [])),
                .required("refunds", .array(of: .reference(to: "AdminRefund", example: .null), example: [])),
                .required("payment_history", .array(of: move, example: [])),
                .required("ledger_entries", .array(of: entry, example: [])),
                .required("reservations", .array(of: reservation, example: [])),
                .required("audit", .array(of: act, example: [])),
            ], isClosed: true
        ).named("AdministeredOrder")
    }

    private static let inboxEvent = Schema.object(
        [
            .required("event_id", .string(example: "evt_RkT9")),
            .required("type", .string(example: "payment.captured")),
            .required("state", .string(example: "processed")), .required("received_at", .timestamp),
            .optional("processed_at", .timestamp), .optional("note", .string(example: "late")),
        ], isClosed: true)

    private static let move = Schema.object(
        [
            .required("payment_id", .id(PaymentID.self)), .required("at", .timestamp),
            .required("from", .string(example: "initiated")), .required("to", .string(example: "captured")),
            .required("actor", .string(example: "razorpay")),
            .optional("event_id", .string(example: "evt_RkT9").says("The provider's, where one moved it.")),
            .optional("request_id", .string(example: "01KAZ6Z3Y8Q2M5B7R9T1V3X5Z7")),
        ], isClosed: true)

    /// What was booked.
    static let entry = Schema.object(
        [
            .required("id", .id(JournalEntryID.self)), .required("kind", .string(example: "payment_captured")),
            .required("reference", .string(example: "razorpay:pay_RkT5b2nWqYc8Jd")),
            .required("created_at", .timestamp),
            .required(
                "lines",
                .array(
                    of: .object(
                        [
                            .required("account", .string(example: "psp_clearing")),
                            .required("debit", .money(259_800)), .required("credit", .money(0)),
                        ], isClosed: true))),
        ], isClosed: true)

    private static let reservation = Schema.object(
        [
            .required("seller_order_id", .id(SellerOrderID.self)),
            .required("state", .choice(of: ReservationStatus.self, example: .committed)),
            .required("expires_at", .timestamp),
            .required(
                "units",
                .array(
                    of: .object(
                        [.required("variant_id", .id(VariantID.self)), .required("quantity", .quantity)], isClosed: true
                    ))),
            .required("updated_at", .timestamp),
        ], isClosed: true)

    private static let act = Schema.object(
        [
            .required("id", .id(AuditEntryID.self)), .required("at", .timestamp),
            .required(
                "actor",
                .object(
                    [
                        .required("type", .choice(["admin", "user", "system"])), .optional("id", .id(UserID.self)),
                        .optional("ip", .string(example: "192.0.2.1")),
                    ], isClosed: true)),
            .required("action", .string(example: "seller_order.accepted")),
            .required(
                "entity",
                .object(
                    [.required("type", .string(example: "seller_order")), .required("id", .string(example: ""))],
                    isClosed: true)),
            .optional("before", .object([])), .optional("after", .object([])),
            .optional("reason", .string(example: "out_of_stock")),
            .optional("request_id", .string(example: "01KAZ6Z3Y8Q2M5B7R9T1V3X5Z7")),
        ], isClosed: true)
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListRefunds {
    private static let filters: [RouteParameter] = [
        .query("status", "Only these.", .array(of: .choice(of: RefundStatus.self, example: .processed))),
        .query("order_id", "Of this order.", .id(OrderID.self)),
        .query("created_from", "Not before.", time), .query("created_to", "Before.", time),
    ]

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")

    static let description = RouteDescription(
        tag: .payments, summary: "List the caller's refunds", text: "Newest first unless asked otherwise.",
        parameters: RouteParameter.pageByCreation + filters,
        answers: [.json(.ok, "The page.", .page(of: RefundSchema.buyer))],
        problems: [.invalidCursor, .notFound, .validationFailed])

    static let adminDescription = RouteDescription(
        tag: .admin, summary: "List refunds",
        text:
            "Newest first unless asked otherwise. `requested` ones wait for a decision; `failed` ones are still owed.",
        parameters: RouteParameter.pageByCreation + filters + [
            .query("payment_id", "Of this payment.", .id(PaymentID.self)),
            .query("customer_id", "Of this buyer.", .id(UserID.self)),
            .query("reason_code", "For this reason.", .string(length: 1...64, example: "damaged")),
        ],
        answers: [.json(.ok, "The page.", .page(of: RefundSchema.admin))],
        problems: [.invalidCursor, .notFound, .validationFailed])
}

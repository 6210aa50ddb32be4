// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListPayments {
    static let description = RouteDescription(
        tag: .payments, summary: "List own payments",
        text: """
            Attempts to pay, newest first unless asked otherwise, each with its refunds; with `order_id` also those for an order of the caller's company.
            """,
        parameters: RouteParameter.pageByCreation + [
            .query("status", "A comma list of statuses.", .string(length: 1...100, example: "captured,refunded")),
            .query("order_id", "Attempts for one order.", .id(OrderID.self)),
            .query("created_from", "Not before.", time), .query("created_to", "Before.", time),
        ],
        answers: [
            .json(
                .ok, "A page.",
                .page(
                    of: Schema.object(
                        Schema.paymentMembers + [
                            .required(
                                "refunds", .array(of: .reference(to: "Refund", example: .null), example: []))
                        ], isClosed: true
                    ).named("PaymentWithRefunds")))
        ], problems: [.invalidCursor, .validationFailed])

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")
}

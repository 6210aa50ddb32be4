// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListSellerOrders {
    static let description = RouteDescription(
        tag: .orders, summary: "List the parts of orders that a seller has",
        text:
            "Those that are paid, or payable later, newest first unless asked otherwise. The buyer's name is masked until the part is accepted.",
        parameters: RouteParameter.pageByCreation + [
            .query(
                "status", "Parts in one of these states.",
                .array(
                    of: .choice(of: SellerOrderStatus.self, example: .placed),
                    count: 1...SellerOrderStatus.allCases.count)),
            .query("accept_by_before", "Parts that have to be accepted before.", OrderSchema.time),
            .query("created_from", "Not before.", OrderSchema.time), .query("created_to", "Before.", OrderSchema.time),
            .query(
                "q", "The number of an order or of a part, or a whole SKU.",
                .string(length: 1...100, example: "SPK-1-1")),
        ],
        answers: [
            .json(
                .ok, "The page.",
                .page(
                    of: Schema.object(
                        [
                            .required("id", .id(SellerOrderID.self)), .required("number", OrderSchema.partNumber),
                            .required("order_id", .id(OrderID.self)),
                            .required("status", .choice(of: SellerOrderStatus.self, example: .placed)),
                            .optional("accept_by", .timestamp),
                            .required("payment_method", .choice(PaymentStatus.methods, example: "razorpay")),
                            .required("buyer_name", .string(example: "A*** R***")),
                            .required("line_count", .integer(1...Int.max, example: 1)),
                            .required("units", .integer(1...Int.max, example: 2)), .required("totals", .totals),
                            .required("version", .version), .required("created_at", .timestamp),
                        ], isClosed: true
                    ).named("SellerOrderSummary")))
        ],
        problems: [.invalidCursor, .validationFailed])
}

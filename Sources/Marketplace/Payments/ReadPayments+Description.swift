// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadPayments {
    static let description = RouteDescription(
        tag: .payments, summary: "Read a payment",
        text: """
            By `payment_id` or by `order_id`, exactly one of them: of an order, the attempt that took money, else the newest. \
            Members of a company read those of its orders; a foreign one is 404.
            """,
        parameters: [
            .query("payment_id", "The attempt.", .id(PaymentID.self)),
            .query("order_id", "Its order.", .id(OrderID.self)),
            .query(
                "refresh", "Asks the provider first, every five seconds at most.",
                .boolean(example: true).defaults(to: false)),
        ], answers: [.json(.ok, "The attempt and its order.", state)], problems: [.notFound, .validationFailed])

    /// An attempt and what it has made of its order.
    static let state = Schema.object(
        [
            .required("payment", .payment),
            .required(
                "order",
                .object(
                    [
                        .required("id", .id(OrderID.self)),
                        .required("status", .choice(of: OrderStatus.self, example: .confirmed)),
                        .required(
                            "payment_status",
                            .choice(
                                [
                                    "unpaid", "authorized", "paid", "partially_refunded", "refunded", "cod_pending",
                                    "credit_open",
                                ], example: "paid")),
                    ], isClosed: true)),
        ], isClosed: true
    ).named("PaymentState")
}

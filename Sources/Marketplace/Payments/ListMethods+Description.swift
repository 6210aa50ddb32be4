// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListMethods {
    static let description = RouteDescription(
        tag: .payments, summary: "List ways to pay an order",
        text:
            """
            `payable` says whether the order waits for an online payment, which it does not while money is set aside (`authorized`); a way is available then, where its amount is within the limits. \
            `cod` (cash at the door) is chosen when an order is made: it is available for an order that is to be paid so, and for one that \
            still waits and could be made so anew.
            """,
        parameters: [.query("order_id", "The order.", .id(OrderID.self), isRequired: true)],
        answers: [
            .json(
                .ok, "The ways.",
                .object(
                    [
                        .required("order_id", .id(OrderID.self)), .required("amount", .money(259_800)),
                        .required("payable", .boolean(example: true)),
                        .required(
                            "methods",
                            .array(
                                of: .object(
                                    [
                                        .required("method", .choice(methods.map(\.name) + [cash], example: "upi")),
                                        .required("available", .boolean(example: true)),
                                        .required("minimum", .money(100)), .required("maximum", .money(10_000_000)),
                                    ], isClosed: true))),
                    ], isClosed: true))
        ], problems: [.notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadOrder {
    static let description = RouteDescription(
        tag: .orders, summary: "Read one order",
        text: "By `id` or by `number`. Another buyer's order is 404.",
        parameters: [
            .query("id", "Its id.", .id(OrderID.self)), .query("number", "Its number.", OrderSchema.number),
        ], answers: [.json(.ok, "The order.", OrderSchema.order, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}

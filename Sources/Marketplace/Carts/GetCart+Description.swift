// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension GetCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Read the cart",
        text: "With prices and problems as they are now. There always is one: an empty cart is no 404.",
        parameters: CartSchema.parameters + [
            .query(
                "refresh", "Accepted for older clients: prices are always computed now.",
                .string(example: "true"))
        ], answers: CartSchema.answers)
}

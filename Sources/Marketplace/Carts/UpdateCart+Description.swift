// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

extension UpdateCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Set the quantities of lines",
        text: "All or nothing; the quantity 0 removes a line.",
        parameters: CartSchema.parameters,
        body: .json(
            .object([
                .required(
                    "lines",
                    .array(
                        of: .object([
                            .required("line_id", .id(CartLineID.self)),
                            .required("quantity", .integer(0...Int(Quantity.range.upperBound), example: 1)),
                        ]), count: 1...CartState.linesMax)),
                CartSchema.expectedVersion,
            ]).named("CartChange")), answers: CartSchema.answers,
        problems: [
            .notFound, .currencyMismatch, .insufficientStock, .sellerUnavailable, .belowMinimumQuantity, .notAMultiple,
            .aboveMaximumQuantity, .versionConflict,
        ])
}

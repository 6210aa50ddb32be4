// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

extension UpdateCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Set the quantities of lines, and whom the cart is for",
        text: """
            All or nothing; the quantity 0 removes a line. With `company_id` the cart takes the prices of that company, for which the \
            caller may buy; with null the caller's own. One of `lines` and `company_id` is needed.
            """,
        parameters: CartSchema.parameters,
        body: .json(
            Schema.anyOf([
                Schema.object([
                    .required("lines", lines), CartSchema.expectedVersion, CartSchema.companyWish,
                ]).named("CartChange"),
                Schema.object([
                    .required("company_id", CartSchema.company), .forbidden("lines"), CartSchema.expectedVersion,
                ]).named("CartForCompany"),
            ])), answers: CartSchema.answers,
        problems: [
            .notFound, .currencyMismatch, .insufficientStock, .sellerUnavailable, .belowMinimumQuantity, .notAMultiple,
            .aboveMaximumQuantity, .versionConflict,
        ])

    private static let lines = Schema.array(
        of: .object([
            .required("line_id", .id(CartLineID.self)),
            .required("quantity", .integer(0...Int(Quantity.range.upperBound), example: 1)),
        ]), count: 1...CartState.linesMax)
}

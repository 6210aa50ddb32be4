// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

extension UpdateCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Set the quantities of lines, whom the cart is for, and where it goes",
        text: """
            All or nothing; the quantity 0 removes a line. With `company_id` the cart takes the prices of that company, for which the \
            caller may buy; with null the caller's own, as long as it has lines. With `shipping_address_id`, which is in the caller's book, taxes are split by its \
            state; the order still names its address. One of `lines`, `company_id` and `shipping_address_id` is needed.
            """,
        parameters: CartSchema.writeParameters,
        body: .json(
            Schema.anyOf([
                Schema.object([
                    .required("lines", lines), CartSchema.expectedVersion, CartSchema.companyWish, addressWish,
                ]).named("CartChange"),
                Schema.object([
                    .required("company_id", CartSchema.company), .forbidden("lines"), CartSchema.expectedVersion,
                    addressWish,
                ]).named("CartForCompany"),
                Schema.object([
                    .required("shipping_address_id", address), .forbidden("lines"), .forbidden("company_id"),
                    CartSchema.expectedVersion,
                ]).named("CartToAddress"),
            ])), answers: CartSchema.answers,
        problems: [
            .notFound, .currencyMismatch, .insufficientStock, .sellerUnavailable, .belowMinimumQuantity, .notAMultiple,
            .aboveMaximumQuantity, .versionConflict,
        ])

    private static let address = Schema.id(AddressID.self).orNull.example(.null)
    private static let addressWish = Schema.Property.optional(
        "shipping_address_id", address.says("Where the cart goes from now on; null: nobody says. Absent: as before."))

    private static let lines = Schema.array(
        of: .object([
            .required("line_id", .id(CartLineID.self)),
            .required("quantity", .integer(0...Int(Quantity.range.upperBound), example: 1)),
        ]), count: 1...CartState.linesMax)
}

// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

extension AddToCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Add to the cart",
        text: """
            One variant, or up to \(CartState.linesMax) `lines`, all or nothing. A variant that is in the cart already gets more \
            pieces. Stock is looked at but not reserved. The first line of somebody who belongs to exactly one company, and may buy for it, \
            makes the cart that company's, as the catalogue shows its prices; with `company_id` null it is the caller's own.
            """,
        parameters: CartSchema.writeParameters,
        body: .json(
            Schema.anyOf([
                Schema.object(line + [.forbidden("lines"), CartSchema.expectedVersion, CartSchema.companyWish])
                    .named("CartAddition"),
                Schema.object([
                    .required("lines", .array(of: .object(line), count: 1...CartState.linesMax)),
                    CartSchema.expectedVersion, CartSchema.companyWish,
                ]).named("CartAdditions"),
            ])), answers: CartSchema.answers,
        problems: [
            .notFound, .currencyMismatch, .insufficientStock, .sellerUnavailable, .belowMinimumQuantity, .notAMultiple,
            .aboveMaximumQuantity, .versionConflict,
        ])

    private static let line: [Schema.Property] = [
        .required("variant_id", .id(VariantID.self)), .required("quantity", .quantity),
        .optional("note", CartSchema.note.orNull),
    ]
}

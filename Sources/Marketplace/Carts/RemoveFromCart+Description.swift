// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RemoveFromCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Remove a line from the cart",
        text: "By the line's id or by its variant, exactly one of them. A line that is not there changes nothing.",
        parameters: CartSchema.writeParameters,
        body: .json(
            .oneOf([
                .object([
                    .required("line_id", .id(CartLineID.self)), .optional("variant_id", .null),
                    CartSchema.expectedVersion,
                ]),
                .object([
                    .required("variant_id", .id(VariantID.self)), .optional("line_id", .null),
                    CartSchema.expectedVersion,
                ]),
            ])), answers: CartSchema.answers, problems: [.versionConflict])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ClearCart {
    static let description = RouteDescription(
        tag: .cart, summary: "Clear the cart",
        text: "Takes out all lines; an empty cart stays as it is. The body may be left out.",
        parameters: CartSchema.writeParameters, body: .json(.object([CartSchema.expectedVersion]), isRequired: false),
        answers: CartSchema.answers, problems: [.versionConflict])
}

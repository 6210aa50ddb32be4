// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UpdateProduct {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Change a product",
        text: """
            Changes one version of a product; an absent member is left as it is. `variants` with an `id` are changed or archived, \
            those without are added, and those that are not named stay. Prices and terms hold at once. Title, description, \
            category, brand, attributes, images, tax and options of an approved product open a revision: what was approved stays \
            live until the new one is.
            """,
        parameters: [.ifMatch], body: .json(ProductEditSchema.change),
        answers: [.json(.ok, "The product as it is now.", OwnedProductSchema.product, headers: [.etag])],
        problems: [.sellerNotActive, .notFound, .versionConflict, .illegalTransition, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CreateProduct {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Make a product",
        text: """
            A draft of the caller's seller, with 1 to 250 variants and the units that they begin with. Every variant names one \
            value of every option, and no two the same. It is for sale once it was handed in and approved.
            """,
        body: .json(ProductEditSchema.newProduct),
        answers: [.json(.created, "The draft.", OwnedProductSchema.product, headers: [.etag])],
        problems: [.sellerNotActive, .notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListAllProducts {
    static let description = RouteDescription(
        tag: .catalogue, summary: "List the products of all sellers",
        text: "Whatever their state, unless something is asked for.",
        parameters: RouteParameter.page + ProductListFilter.descriptions + [
            .query("seller_id", "Of this seller.", .id(SellerID.self)),
            .query("category_id", "Of this category and those below it.", .id(CategoryID.self)),
            .query(
                "q", "A part of the title, or the beginning of a SKU or of its name in addresses.",
                .string(length: ProductListFilter.qLength, example: "walnut")),
        ],
        answers: [.json(.ok, "The page.", .page(of: OwnedProductSchema.summary))],
        problems: [.invalidCursor, .notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListOwnProducts {
    static let description = RouteDescription(
        tag: .catalogue, summary: "List the seller's products",
        text:
            "Each variant with its units. A page with very many variants may end early; its cursor goes on.",
        parameters: RouteParameter.page + ProductListFilter.descriptions + [
            .query(
                "stock",
                "`in`: some variant for sale has units; `low`: some has few; `out`: none has any.",
                .choice(of: ProductListFilter.Stock.self, example: .low)),
            .query(
                "q", "A part of the title, or the beginning of a SKU.",
                .string(length: ProductListFilter.qLength, example: "walnut")),
        ],
        answers: [.json(.ok, "The page.", .page(of: OwnedProductSchema.summary))],
        problems: [.invalidCursor, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListProducts {
    static let description = RouteDescription(
        tag: .catalogue, summary: "List products",
        text: """
            A page of the products that can be bought, newest first unless asked otherwise. A category stands for all below it. An \
            answer is never longer than 100 KB: a page may end early, and its cursor goes on where it ended. \(CompanyShelf.text)
            """,
        parameters: RouteParameter.page + [
            .query("category_id", "Of this category and those below it.", .id(CategoryID.self)),
            .query("seller_id", "Of this seller.", .id(SellerID.self)),
            .query(
                "sort", "The order; ties are broken by id.",
                .choice(of: ProductSort.self, example: .newest).defaults(to: .string(ProductSort.newest.rawValue))),
            .company, .count, .ifNoneMatch,
        ],
        answers: [
            .json(
                .ok, "The page.", .page(of: ProductSchema.card, isCounted: true), headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has this page already.", headers: [.etag, .publicCaching]),
        ], problems: [.invalidCursor, .notFound, .validationFailed])
}

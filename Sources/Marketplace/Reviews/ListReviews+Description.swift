// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListReviews {
    static let description = RouteDescription(
        tag: .reviews, summary: "List the reviews of a product or a seller",
        text: "Published ones alone. Give `product_id` or `seller_id`.",
        parameters: RouteParameter.page + ReviewSchema.subject + [
            .query("rating", "With so many stars.", ReviewSchema.rating),
            .query("with_media", "Only with pictures or videos.", .boolean(example: true)),
            .query(
                "sort",
                """
                The order: `newest` or `-created_at`, `helpful` or `-helpful_count`, `highest` or `-rating`, `lowest` or \
                `rating`.
                """,
                .choice(ReviewSort.parameters, example: "newest").defaults(to: "newest")),
            .ifNoneMatch,
        ],
        answers: [
            .json(.ok, "The page.", .page(of: ReviewSchema.review), headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has this page already.", headers: [.etag, .publicCaching]),
        ],
        problems: [.invalidCursor, .notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListReviewsToModerate {
    static let description = RouteDescription(
        tag: .reviews, summary: "List reviews to moderate",
        text: "In any state, those that wait longest first.",
        parameters: RouteParameter.page + [
            .query("status", "In these states.", .array(of: .choice(of: ReviewStatus.self, example: .pending))),
            .query("reported", "Only what somebody has reported.", .boolean(example: true)),
            .query("product_id", "Of this product.", .id(ProductID.self)),
            .query("seller_id", "Of this seller.", .id(SellerID.self)),
            .query(
                "sort", "The order.",
                .choice(["created_at", "-created_at"], example: "created_at").defaults(to: "created_at")),
        ], answers: [.json(.ok, "The page.", .page(of: ReviewSchema.moderated))],
        problems: [.invalidCursor, .notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SummariseReviews {
    static let description = RouteDescription(
        tag: .reviews, summary: "Average and histogram of a product or a seller",
        text: "From counters that change in the same transaction as the reviews. Give `product_id` or `seller_id`.",
        parameters: ReviewSchema.subject + [.ifNoneMatch],
        answers: [
            .json(.ok, "The stars.", ReviewSchema.summary, headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has it already.", headers: [.etag, .publicCaching]),
        ],
        problems: [.notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RespondToReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Answer a review",
        text: "Once, by the seller of what was reviewed, while the review is published.",
        body: .json(.object([ReviewSchema.id, .required("text", ReviewSchema.response)])),
        answers: [.json(.ok, "The review with the answer.", ReviewSchema.review, headers: [.etag])],
        problems: [.notFound, .alreadyAnswered])
}

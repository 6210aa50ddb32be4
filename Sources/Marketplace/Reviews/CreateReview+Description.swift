// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CreateReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Review what has arrived",
        text: """
            One review for each line of an order, by its buyer, once it was delivered. Published at once unless its text has links, \
            contact details or words that a moderator looks at first: then it is `pending`.
            """,
        body: .json(
            .object([
                .required("order_line_id", .id(OrderLineID.self)), .required("rating", ReviewSchema.rating),
                .optional("title", ReviewSchema.title.orNull), .optional("text", ReviewSchema.text.orNull),
                .optional("media_ids", ReviewSchema.mediaIDs.orNull),
            ]).named("NewReview")),
        answers: [.json(.created, "The review.", ReviewSchema.ownReview, headers: [.etag])],
        problems: [.notFound, .notDelivered, .reviewExists])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UpdateReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Change one's own review",
        text: """
            Within 30 days. An absent member is left as it is; `null` clears `title` and `text`. A published review cannot be \
            changed into one that would have to wait for a moderator.
            """,
        parameters: [.ifMatch],
        body: .json(
            .object([
                ReviewSchema.id, .optional("rating", ReviewSchema.rating.orNull),
                .optional("title", ReviewSchema.title.orNull), .optional("text", ReviewSchema.text.orNull),
                .optional("media_ids", ReviewSchema.mediaIDs.orNull), ReviewSchema.expectedVersion,
            ]).named("ReviewChange")),
        answers: [.json(.ok, "The review as it is now.", ReviewSchema.ownReview, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .reviewWindowClosed, .versionConflict])
}

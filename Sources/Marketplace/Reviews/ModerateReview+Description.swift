// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ModerateReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Publish, reject or hide a review",
        text: "`pending` becomes `published` or `rejected`, `published` becomes `hidden`; nothing leads back.",
        parameters: [.ifMatch],
        body: .json(
            .object([
                ReviewSchema.id, .required("action", .choice(of: ReviewEvent.self, example: .publish)),
                .optional("reason_code", ReviewSchema.verdict.orNull),
                .optional("note", ReviewSchema.note.orNull), ReviewSchema.expectedVersion,
            ])),
        answers: [.json(.ok, "The review as it is now.", ReviewSchema.moderated, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .reasonRequired, .versionConflict])
}

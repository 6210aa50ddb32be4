// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension VoteForReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Find a review helpful",
        text: "Once; again changes nothing. `helpful: false` takes it back. Not for one's own.",
        body: .json(
            .object([
                ReviewSchema.id, .optional("helpful", Schema.boolean(example: true).orNull.defaults(to: .bool(true))),
            ])),
        answers: [
            .json(
                .ok, "The votes as they are now.",
                .object(
                    [
                        ReviewSchema.id, .required("helpful", .boolean(example: true)),
                        .required("helpful_count", .integer(0...Int.max, example: 13)),
                    ], isClosed: true))
        ], problems: [.notFound])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReportReview {
    static let description = RouteDescription(
        tag: .reviews, summary: "Show a review to the moderators",
        text: "Once for each customer; again changes nothing.",
        body: .json(
            .object([
                ReviewSchema.id, .required("reason_code", ReviewSchema.reason),
                .optional("note", ReviewSchema.note.orNull),
            ])),
        answers: [
            .json(
                .ok, "It was written down.",
                .object([ReviewSchema.id, .required("reported", .constant(true))], isClosed: true))
        ], problems: [.notFound])
}

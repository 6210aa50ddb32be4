// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/reviews/update/`: its author changes a review, within thirty days.
///
/// What waits and is found harmless now is published. A published review cannot be changed into one that would have to wait:
/// it would be shown before anybody looked.
///
/// - Errors: 404 for another one's; 409 `review-window-closed`, `illegal-transition` for one that a moderator took away; 412
///   `version-conflict`; 422 for wrong fields.
struct UpdateReview: Sendable {
    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let id: ReviewID
        let rating: Int?
        let title: Clearable
        let text: Clearable
        let media: [ImageID]?
        let expectedVersion: Int64?
    }

    /// A text that can be left alone, set or cleared.
    private struct Clearable: Sendable {
        let isGiven: Bool
        let value: String?

        func over(_ old: String?) -> String? { isGiven ? value : old }
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            let review = try await commit(input, caller.user, "\(request.requestID)", transaction)
            return try await dependencies.shown(review, in: transaction).response(to: .author)
        }
    }

    private func commit(
        _ input: Input, _ user: UserID, _ requestID: String, _ transaction: PostgresTransaction
    ) async throws -> Review {
        guard var review = try await ReviewStore.locked(input.id, in: transaction), review.user == user else {
            throw Problem(.notFound)
        }
        if let expected = input.expectedVersion, expected != review.version {
            throw Problem.changedMeanwhile("review", version: review.version)
        }
        guard review.status == .pending || review.status == .published else {
            throw ModerateReview.refusal(review, "A review that a moderator took away stays as it is.")
        }
        guard review.isEditable(at: dependencies.clock.now()) else {
            throw Problem(.reviewWindowClosed, detail: "A review can be changed within 30 days.")
        }
        let content = ReviewContent(
            rating: input.rating ?? review.content.rating, title: input.title.over(review.content.title),
            text: input.text.over(review.content.text))
        if let media = input.media { review = try await ReviewInput.attach(media, to: review, in: transaction) }
        if content == review.content { return review }
        let finding = ReviewScreening.finding(in: content)
        if let finding, review.status == .published {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/text", code: finding.rawValue.replacing("_", with: "-"),
                        message: "would have to be looked at")
                ])
        }
        review = try await ReviewStore.write(content, waitsFor: finding, to: review.id, in: transaction)
        if finding == nil, review.status == .pending {
            let cause = ReviewStore.Cause(actor: "system", reasonCode: nil, note: nil, requestID: requestID)
            review = try await ReviewStore.move(review, .publish, to: .published, cause, in: transaction)
        }
        return review
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, input) = try request.json { body in
            let text = body.string("id", length: 1...64)
            let expected = body.expectedVersion(ifMatch: ifMatch)
            return (
                text,
                Input(
                    id: ReviewID(text) ?? ReviewID(rawValue: 0), rating: body.optionalInt("rating", in: Review.ratings),
                    title: Clearable(isGiven: body.contains("title"), value: ReviewInput.title(&body)),
                    text: Clearable(isGiven: body.contains("text"), value: ReviewInput.text(&body)),
                    media: ReviewInput.media(&body), expectedVersion: expected)
            )
        }
        guard ReviewID(text) != nil else { throw Problem(.notFound) }
        return input
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/reviews/report/`: a customer shows a review to the moderators. Everybody reports a review once; a second report
/// changes nothing. Nothing is hidden by their number: that would be a means against reviews that somebody dislikes.
///
/// - Errors: 404 for a review that is not shown; 422 for a reason that is none.
struct ReportReview: Sendable {
    /// Characters of an explanation.
    static let noteLength = 1...1000

    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let id: ReviewID
        let reason: ReviewReason
        let note: String?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (text, reason, note) = try request.json { body in
                (
                    body.string("id", length: 1...64), body.choice("reason_code", of: ReviewReason.self),
                    body.optionalParsed("note", length: Self.noteLength) { ReviewInput.prose($0, allowsLines: true) }
                )
            }
            guard let id = ReviewID(text) else { throw Problem(.notFound) }
            return Input(id: id, reason: reason, note: note)
        } _: { transaction, input in
            guard let review = try await ReviewStore.locked(input.id, in: transaction), review.isShown else {
                throw Problem(.notFound)
            }
            try await ReviewStore.report(review.id, by: caller.user, input.reason, input.note, in: transaction)
            return .json { json in
                json.field("id", review.id)
                json.field("reported", true)
            }
        }
    }
}

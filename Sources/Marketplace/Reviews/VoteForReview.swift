// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/reviews/helpful/`: a customer finds a review helpful, once; or takes that back.
///
/// The vote's own key decides: whoever inserts it counts, and nobody twice.
///
/// - Errors: 404 for a review that is not shown; 403 `forbidden` for one's own.
struct VoteForReview: Sendable {
    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let id: ReviewID
        let isHelpful: Bool
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (text, isHelpful) = try request.json { body in
                (body.string("id", length: 1...64), body.optionalBool("helpful") ?? true)
            }
            guard let id = ReviewID(text) else { throw Problem(.notFound) }
            return Input(id: id, isHelpful: isHelpful)
        } _: { transaction, input in
            guard let review = try await ReviewStore.locked(input.id, in: transaction), review.isShown else {
                throw Problem(.notFound)
            }
            guard review.user != caller.user else {
                throw Problem(.forbidden, detail: "Your own review is not yours to judge.")
            }
            let count = try await ReviewStore.vote(input.isHelpful, for: input.id, by: caller.user, in: transaction)
            return .json { json in
                json.field("id", input.id)
                json.field("helpful", input.isHelpful)
                json.field("helpful_count", count ?? review.helpfulCount)
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/sellers/reviews/respond/`: the seller answers a published review, once.
///
/// - Errors: 404 for a review of another seller, or one that is not shown; 409 `already-answered`; 422 for wrong fields.
struct RespondToReview: Sendable {
    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let id: ReviewID
        let text: String
        let seller: SellerID
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (id, text) = try request.json { body in
                (
                    body.string("id", length: 1...64),
                    body.parsed("text", length: Review.responseLength, placeholder: "") {
                        ReviewInput.prose($0, allowsLines: true)
                    }
                )
            }
            guard let id = ReviewID(id), let seller = try await dependencies.ports.seller(caller.user) else {
                throw Problem(.notFound)
            }
            return Input(id: id, text: text, seller: seller)
        } _: { transaction, input in
            guard let review = try await ReviewStore.locked(input.id, in: transaction), review.seller == input.seller,
                review.isShown
            else { throw Problem(.notFound) }
            guard
                let answered = try await ReviewStore.respond(
                    input.text, to: input.id, by: caller.user, in: transaction)
            else { throw Problem(.alreadyAnswered, detail: "A review is answered once.") }
            return try await dependencies.shown(answered, in: transaction).response(to: .everybody)
        }
    }
}

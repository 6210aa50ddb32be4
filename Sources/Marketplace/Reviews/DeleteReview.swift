// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/reviews/delete/`: its author takes a review back, at any time. The line stays reviewed: nobody writes again what a
/// moderator has taken away.
///
/// - Errors: 404 for another one's, or one that is deleted already.
struct DeleteReview: Sendable {
    let dependencies: ReviewsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try ReviewInput.id(request)
        } _: { transaction, id in
            guard let review = try await ReviewStore.locked(id, in: transaction), review.user == caller.user else {
                throw Problem(.notFound)
            }
            // What it showed goes with it.
            _ = try await ReviewInput.attach([], to: review, in: transaction)
            try await ReviewStore.delete(id, in: transaction)
            return .noContent
        }
    }
}

extension ReviewInput {
    /// The body's `id`.
    ///
    /// - Throws: `Problem` 404 for one that is none.
    static func id(_ request: RequestContext) throws -> ReviewID {
        let text = try request.json { body in body.string("id", length: 1...64) }
        guard let id = ReviewID(text) else { throw Problem(.notFound) }
        return id
    }
}

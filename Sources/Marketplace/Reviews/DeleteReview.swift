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
            let cause = ReviewStore.Cause(
                actor: "user:\(caller.user.rawValue)", reasonCode: nil, note: nil, requestID: "\(request.requestID)")
            try await ReviewStore.delete(review, cause, in: transaction)
            try await AuditLog.append(
                "review.deleted", by: caller, in: request, entityType: "review", entityID: id.rawValue,
                before: review.statusOfAudit, in: transaction)
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

extension Review {
    /// What the audit log says of one that is gone: its words are its author's.
    fileprivate var statusOfAudit: [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.object { json in
            json.field("status", status.rawValue)
            json.field("rating", content.rating)
        }
        return json.bytes
    }
}

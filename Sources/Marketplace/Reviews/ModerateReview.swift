// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/reviews/moderate/`: a moderator publishes, rejects or hides a review; what is possible stands in
/// `ReviewStatus.machine`.
///
/// - Errors: 404; 409 `illegal-transition`; 412 `version-conflict`; 422 `reason-required` without a reason for taking away.
struct ModerateReview: Sendable {
    /// Characters of an explanation, which only moderators see.
    static let noteLength = 1...1000

    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let id: ReviewID
        let event: ReviewEvent
        let reason: String?
        let note: String?
        let expectedVersion: Int64?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            let review = try await commit(input, caller, request, transaction)
            return try await dependencies.shown(review, in: transaction).response(to: .moderator)
        }
    }

    private func commit(
        _ input: Input, _ caller: Caller, _ request: RequestContext, _ transaction: PostgresTransaction
    ) async throws -> Review {
        guard let review = try await ReviewStore.locked(input.id, in: transaction) else { throw Problem(.notFound) }
        if let expected = input.expectedVersion, expected != review.version {
            throw Problem.changedMeanwhile("review", version: review.version)
        }
        guard case .moved(let status) = ReviewStatus.machine.step(from: review.status, input.event, by: .admin) else {
            throw Self.refusal(review, "A review that is \(review.status.rawValue) cannot do that.")
        }
        let cause = ReviewStore.Cause(
            actor: "user:\(caller.user.rawValue)", reasonCode: input.reason, note: input.note,
            requestID: "\(request.requestID)")
        let moved = try await ReviewStore.move(review, input.event, to: status, cause, in: transaction)
        try await AuditLog.append(
            "review.\(status.rawValue)", by: caller, in: request, entityType: "review", entityID: review.id.rawValue,
            before: Self.state(of: review), after: Self.state(of: moved), reason: input.note ?? input.reason,
            in: transaction)
        return moved
    }

    /// What moderation changes of a review.
    private static func state(of review: Review) -> [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.object { json in
            json.field("status", review.status.rawValue)
            json.fieldIfPresent("reason_code", review.reasonCode)
        }
        return json.bytes
    }

    /// 409 `illegal-transition`.
    static func refusal(_ review: Review, _ detail: String) -> Problem {
        Problem(
            .illegalTransition, detail: detail,
            members: [
                ("from", .string(review.status.rawValue)),
                ("allowed", .strings(ReviewStatus.machine.allowed(from: review.status).map(\.rawValue))),
            ])
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, event, reason, note, expected) = try request.json { body in
            (
                body.string("id", length: 1...64), body.choice("action", of: ReviewEvent.self),
                body.optionalReasonCode(),
                body.optionalParsed("note", length: Self.noteLength) { ReviewInput.prose($0, allowsLines: true) },
                body.expectedVersion(ifMatch: ifMatch)
            )
        }
        guard let id = ReviewID(text) else { throw Problem(.notFound) }
        if event != .publish, reason == nil {
            throw Problem(.reasonRequired, detail: "Whoever takes a review away says why.")
        }
        return Input(id: id, event: event, reason: reason, note: note, expectedVersion: expected)
    }
}

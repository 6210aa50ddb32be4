// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/reviews/create/`: a buyer's review of one line of an order that has arrived.
///
/// The row, its counters, history, event and the stored answer commit together. Two requests for one line meet at its unique key.
///
/// - Errors: 404 for a line that is not the caller's; 409 `not-delivered`, `review-exists`; 422 for wrong fields or media.
struct CreateReview: Sendable {
    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let new: ReviewStore.NewReview
        let media: [ImageID]
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try await prepare(request, caller.user)
        } _: { transaction, input in
            try await commit(input, "\(request.requestID)", transaction)
        }
    }

    private func prepare(_ request: RequestContext, _ user: UserID) async throws -> Input {
        let (text, content, media) = try request.json { body in
            (body.string("order_line_id", length: 1...64), ReviewInput.content(&body), ReviewInput.media(&body) ?? [])
        }
        guard let lineID = OrderLineID(text), let line = try await dependencies.ports.line(lineID, user) else {
            throw Problem(.notFound, detail: "There is no such line among your orders.")
        }
        guard line.isDelivered else {
            throw Problem(.notDelivered, detail: "What has not arrived cannot be reviewed yet.")
        }
        let new = ReviewStore.NewReview(
            id: dependencies.ids.next(), lineID: lineID, line: line, user: user, content: content)
        return Input(new: new, media: media)
    }

    private func commit(
        _ input: Input, _ requestID: String, _ transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        let finding = ReviewScreening.finding(in: input.new.content)
        guard var review = try await ReviewStore.insert(input.new, waitsFor: finding, in: transaction) else {
            throw Problem(.reviewExists, detail: "This line has its review already.")
        }
        review = try await ReviewInput.attach(input.media, to: review, in: transaction)
        if finding == nil {
            let cause = ReviewStore.Cause(actor: "system", reasonCode: nil, note: nil, requestID: requestID)
            review = try await ReviewStore.move(review, .publish, to: .published, cause, in: transaction)
        }
        return try await dependencies.shown(review, in: transaction).response(.created, to: .author)
    }
}

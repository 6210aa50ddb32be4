// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Reviews in PostgreSQL. Counters follow by trigger (migration 0043).
enum ReviewStore {
    /// The columns that `review` reads, in its order.
    static let columns = """
        r.id, r.order_line_id, r.user_id, r.product_id, r.seller_id, r.rating, r.title, r.body, r.status, r.reason_code, \
        r.reason_note, r.media_count, r.helpful_count, r.report_count, r.response, r.response_at, r.event_seq, r.version, \
        r.created_at, r.edited_at
        """

    /// A new review.
    struct NewReview: Sendable {
        let id: ReviewID
        let lineID: OrderLineID
        let line: ReviewedLine
        let user: UserID
        let content: ReviewContent
    }

    /// Adds a review that waits; nil where the line has one, deleted or not.
    static func insert(
        _ new: NewReview, waitsFor finding: ReviewScreening.Finding?, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Review? {
        try await transaction.first(
            insertSQL, new.id.rawValue, new.lineID.rawValue, new.user.rawValue, new.line.product.rawValue,
            new.line.seller.rawValue, Int16(new.content.rating), new.content.title, new.content.text, finding?.rawValue
        ).map(review)
    }

    private static let insertSQL = PostgresSQL(
        text: """
            insert into reviews.reviews as r (id, order_line_id, user_id, product_id, seller_id, rating, title, body, status, reason_code)
            values ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9)
            on conflict (order_line_id) do nothing returning \(columns)
            """)

    /// A review, locked until the transaction ends; nil where there is none or its author deleted it.
    static func locked(
        _ id: ReviewID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Review? {
        try await transaction.first(lockSQL, id.rawValue).map(review)
    }

    private static let lockSQL = PostgresSQL(
        text: """
            select \(columns) from reviews.reviews r where r.id = $1 and r.deleted_at is null order by r.id for no key update
            """)

    /// Changes what its author wrote. The row is locked.
    static func write(
        _ content: ReviewContent, waitsFor finding: ReviewScreening.Finding?, to id: ReviewID,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Review {
        try review(
            await transaction.query(
                writeSQL, id.rawValue, Int16(content.rating), content.title, content.text, finding?.rawValue
            ).only())
    }

    private static let writeSQL = PostgresSQL(
        text: """
            update reviews.reviews r
               set rating = $2, title = $3, body = $4, reason_code = case when status = 'pending' then $5 else reason_code end,
                   edited_at = now(), version = version + 1
             where id = $1 returning \(columns)
            """)

    /// What caused a move, for the history.
    struct Cause: Sendable {
        let actor: String
        let reasonCode: String?
        let note: String?
        let requestID: String
    }

    /// Moves a review that is locked, with its history and its event.
    static func move(
        _ before: Review, _ event: ReviewEvent, to status: ReviewStatus, _ cause: Cause,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Review {
        let after = try review(
            await transaction.query(moveSQL, before.id.rawValue, status.rawValue, cause.reasonCode, cause.note).only())
        try await record(before.status.rawValue, event.rawValue, status.rawValue, of: after, cause, in: transaction)
        return after
    }

    /// Writes a step of a review into its history, and tells of it.
    private static func record(
        _ from: String, _ event: String, _ to: String, of after: Review, _ cause: Cause,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            insert into reviews.history (review_id, from_status, to_status, event, actor, reason, request_id)
            values ($1, $2, $3, $4, $5, $6, $7)
            """, after.id.rawValue, from, to, event, cause.actor, cause.reasonCode, cause.requestID)
        try await OutboxStore.append(
            OutboxEvent(
                type: "review.\(to)", aggregateType: "review", aggregateID: after.id.rawValue,
                sequence: after.eventSequence, payload: after.eventPayload), in: transaction)
    }

    private static let moveSQL = PostgresSQL(
        text: """
            update reviews.reviews r
               set status = $2, reason_code = $3, reason_note = $4, event_seq = event_seq + 1, version = version + 1
             where id = $1 returning \(columns)
            """)

    /// Nothing shows a review any more that is locked; with its history and its event.
    static func delete(
        _ before: Review, _ cause: Cause, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        let after = try review(await transaction.query(deleteSQL, before.id.rawValue).only())
        try await record(before.status.rawValue, "delete", "deleted", of: after, cause, in: transaction)
    }

    private static let deleteSQL = PostgresSQL(
        text: """
            update reviews.reviews r set deleted_at = now(), event_seq = event_seq + 1, version = version + 1
             where id = $1 and deleted_at is null returning \(columns)
            """)

    /// Writes the seller's answer; nil where there is one. The row is locked.
    static func respond(
        _ text: String, to id: ReviewID, by user: UserID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Review? {
        try await transaction.first(respondSQL, id.rawValue, text, user.rawValue).map(review)
    }

    private static let respondSQL = PostgresSQL(
        text: """
            update reviews.reviews r
               set response = $2, response_at = now(), response_user_id = $3, version = version + 1
             where id = $1 and response is null returning \(columns)
            """)

    static func review(_ row: PostgresRow) throws(PostgresError) -> Review {
        let response: Review.Response? =
            if let text = try row.stringOrNil(14), let at = try row.timestampOrNil(15) {
                Review.Response(text: text, at: Timestamp(microseconds: at))
            } else {
                nil
            }
        // A state that a newer server has made up is shown to nobody by an older one.
        return Review(
            id: ReviewID(rawValue: try row.int64(0)), line: OrderLineID(rawValue: try row.int64(1)),
            user: UserID(rawValue: try row.int64(2)), product: ProductID(rawValue: try row.int64(3)),
            seller: SellerID(rawValue: try row.int64(4)),
            content: ReviewContent(
                rating: Int(try row.int16(5)), title: try row.stringOrNil(6), text: try row.stringOrNil(7)),
            status: ReviewStatus(rawValue: try row.string(8)) ?? .hidden, reasonCode: try row.stringOrNil(9),
            reasonNote: try row.stringOrNil(10), mediaCount: Int(try row.int16(11)),
            helpfulCount: Int(try row.int32(12)), reportCount: Int(try row.int32(13)), response: response,
            eventSequence: try row.int32(16), version: try row.int64(17),
            createdAt: Timestamp(microseconds: try row.timestamp(18)),
            editedAt: try row.timestampOrNil(19).map { Timestamp(microseconds: $0) })
    }
}

extension Review {
    /// What subscribers are told: ids are numbers.
    fileprivate var eventPayload: [UInt8] {
        var json = JSONWriter(capacity: 160)
        json.object { json in
            json.field("review_id", id.rawValue)
            json.field("product_id", product.rawValue)
            json.field("seller_id", seller.rawValue)
            json.field("user_id", user.rawValue)
            json.field("rating", content.rating)
        }
        return json.bytes
    }
}

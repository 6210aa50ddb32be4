// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of what became of sellers.
enum SellerHistoryStore {
    /// One row.
    struct Entry: Sendable {
        let at: Timestamp
        let subject: String
        let event: String
        let from: String
        let to: String
        let actorType: String
        let reasonCode: String?
        let note: String?
    }

    static func append(
        _ step: SellerLog.Step, of seller: SellerID, actorType: String, actor: UserID?, requestID: String?,
        in transaction: PostgresTransaction
    ) async throws {
        try await transaction.execute(
            """
            insert into sellers.history (seller_id, subject, document_id, event, from_state, to_state, actor_type, actor_id,
                   reason_code, note, request_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, seller.rawValue, step.subject.rawValue, step.document?.rawValue, step.event, step.from, step.to,
            actorType, actor?.rawValue, step.reasonCode, step.note, requestID)
    }

    /// The newest two hundred steps, oldest first.
    static func entries(of seller: SellerID, in client: some PostgresClient) async throws -> [Entry] {
        let rows = try await client.query(
            """
            select at, subject, event, from_state, to_state, actor_type, reason_code, note from (
                   select * from sellers.history where seller_id = $1 order by id desc limit 200) h order by id
            """, seller.rawValue)
        return try rows.map {
            Entry(
                at: Timestamp(microseconds: try $0.timestamp(0)), subject: try $0.string(1), event: try $0.string(2),
                from: try $0.string(3), to: try $0.string(4), actorType: try $0.string(5),
                reasonCode: try $0.stringOrNil(6), note: try $0.stringOrNil(7))
        }
    }
}

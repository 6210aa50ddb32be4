// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

extension ProductStore {
    /// Writes what a review did to revisions.
    func write(_ changes: [RevisionChange], of product: OwnedProduct) async throws(PostgresError) {
        for change in changes {
            switch change {
            case .opened(let number, let proposal, let user):
                _ = try await client.execute(
                    """
                    insert into catalog.revisions (product_id, number, state, proposed, submitted_by)
                    values ($1, $2, 'open', $3, $4)
                    """, product.id.rawValue, number, PostgresJSON(bytes: proposal.json), user.rawValue)
            case .closed(let number, let end, let user, let reasonCode, let note):
                _ = try await client.execute(
                    """
                    update catalog.revisions
                       set state = $3, decided_by = $4, decided_at = now(), reason_code = $5, note = $6
                     where product_id = $1 and number = $2 and state = 'open'
                    """, product.id.rawValue, number, end.rawValue, user?.rawValue, reasonCode, note)
            }
        }
    }

    /// Appends transitions to the history, each with its event.
    ///
    /// - Parameter sequence: the number of the event before the first of these.
    func append(
        _ moves: [ProductMove], of product: OwnedProduct, after sequence: Int32, requestID: String
    ) async throws(PostgresError) {
        var sequence = sequence
        for move in moves {
            _ = try await client.execute(
                """
                insert into catalog.history
                  (product_id, event, from_status, to_status, from_moderation, to_moderation, revision, actor, reason_code,
                   note, request_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """, product.id.rawValue, move.event, move.fromListing.rawValue, move.toListing.rawValue,
                move.fromModeration.rawValue, move.toModeration.rawValue, move.revision,
                move.actor.map { "user:\($0.rawValue)" } ?? "system", move.reasonCode, move.note, requestID)
            sequence += 1
            try await OutboxStore.append(
                OutboxEvent(
                    type: move.announcedAs, aggregateType: "product", aggregateID: product.id.rawValue,
                    sequence: sequence, payload: Self.payload(move, product)),
                in: client)
        }
    }

    private static func payload(_ move: ProductMove, _ product: OwnedProduct) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("product_id", product.id.rawValue)
            json.field("seller_id", product.seller.id.rawValue)
            json.field("status", move.toListing.rawValue)
            json.field("moderation", move.toModeration.rawValue)
            if let revision = move.revision { json.field("revision", revision) }
            if let reasonCode = move.reasonCode { json.field("reason_code", reasonCode) }
        }
        return json.bytes
    }

    /// The newest transitions of a product, the newest first.
    func history(of product: ProductID) async throws(PostgresError) -> [ProductHistoryEntry] {
        let rows = try await client.query(
            """
            select at, event, from_status, to_status, from_moderation, to_moderation, revision, actor, reason_code, note,
                   request_id
              from catalog.history where product_id = $1 order by id desc limit $2
            """, product.rawValue, ProductHistoryEntry.shownMax)
        var entries: [ProductHistoryEntry] = []
        for row in rows {
            entries.append(
                ProductHistoryEntry(
                    at: Timestamp(microseconds: try row.timestamp(0)), event: try row.string(1),
                    fromStatus: try row.string(2), toStatus: try row.string(3), fromModeration: try row.string(4),
                    toModeration: try row.string(5), revision: try row.intOrNil(6), actor: try row.string(7),
                    reasonCode: try row.stringOrNil(8), note: try row.stringOrNil(9),
                    requestID: try row.stringOrNil(10)))
        }
        return entries
    }
}

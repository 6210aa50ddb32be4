// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The SQL of the audit log: rows are added, and nothing else.
enum AuditLogStore {
    /// Adds a row.
    static func append(
        _ record: AuditRecord, in transaction: some PostgresClient
    ) async throws(PostgresError) {
        let actor = record.actor.columns
        try await transaction.execute(
            """
            insert into platform.audit
                   (actor_type, actor_id, actor_ip, action, entity_type, entity_id, before, after, reason, request_id)
            values ($1, $2, left($3, 64), $4, $5, $6, $7, $8, left($9, 2000), $10)
            """, actor.type, actor.id, actor.ip, record.action, record.entityType, record.entityID,
            record.before.map { PostgresJSON(bytes: $0) }, record.after.map { PostgresJSON(bytes: $0) }, record.reason,
            record.requestID)
    }

    /// Adds rows in their order.
    static func append(
        _ records: [AuditRecord], in transaction: some PostgresClient
    ) async throws(PostgresError) {
        func text(_ json: [UInt8]?) -> String? { json.map { String(decoding: $0, as: UTF8.self) } }
        let actors = records.map(\.actor.columns)
        try await transaction.execute(
            """
            insert into platform.audit
                   (actor_type, actor_id, actor_ip, action, entity_type, entity_id, before, after, reason, request_id)
            select actor_type, actor_id, left(actor_ip, 64), action, entity_type, entity_id, before::jsonb, after::jsonb,
                   left(reason, 2000), request_id
              from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
                          $9::text[], $10::text[]) with ordinality
                   x(actor_type, actor_id, actor_ip, action, entity_type, entity_id, before, after, reason, request_id, place)
             order by place
            """, actors.map(\.type), actors.map(\.id), actors.map(\.ip), records.map(\.action),
            records.map(\.entityType), records.map(\.entityID), records.map { text($0.before) },
            records.map { text($0.after) }, records.map(\.reason), records.map(\.requestID))
    }
}

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
}

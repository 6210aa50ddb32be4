// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import Postgres

/// Writes down who did what: one row for each act of an admin and each change of state, in the transaction of the act, so that
/// neither is there without the other.
public enum AuditLog {
    /// Appends a row. Secrets in `before` and `after` are masked by the names of their members.
    ///
    /// - Cost: one statement.
    public static func append(
        _ record: AuditRecord, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        var record = record
        record.before = redacted(record.before)
        record.after = redacted(record.after)
        try await AuditLogStore.append(record, in: transaction)
    }

    /// Appends rows in their order; as `append` of one.
    ///
    /// - Cost: one statement, whatever their number.
    public static func append(
        _ records: [AuditRecord], in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        guard !records.isEmpty else { return }
        try await AuditLogStore.append(
            records.map { record in
                var record = record
                record.before = redacted(record.before)
                record.after = redacted(record.after)
                return record
            }, in: transaction)
    }

    /// Appends what the caller of a request did.
    public static func append(
        _ action: String, by caller: Caller, in request: RequestContext, entityType: String, entityID: Int64,
        before: [UInt8]? = nil, after: [UInt8]? = nil, reason: String? = nil, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await append(
            AuditRecord(
                action: action, actor: AuditActor(caller, of: request), entityType: entityType, entityID: entityID,
                before: before, after: after, reason: reason, requestID: request.requestID.description),
            in: transaction)
    }

    private static func redacted(_ json: [UInt8]?) -> [UInt8]? {
        guard let json else { return nil }
        guard let redacted = AuditRedaction.redacted(json) else {
            preconditionFailure("what an act changed is written with JSONWriter")
        }
        return redacted
    }
}

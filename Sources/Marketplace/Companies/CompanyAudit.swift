// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What is written down of what people do to companies.
enum CompanyAudit {
    /// A company was made or changed.
    static func append(
        _ action: String, _ company: Company, before: Company? = nil, by caller: Caller, in request: RequestContext,
        reason: String? = nil, _ transaction: PostgresTransaction
    ) async throws {
        try await AuditLog.append(
            action, by: caller, in: request, entityType: "company", entityID: company.id.rawValue,
            before: before.map(json), after: json(company), reason: reason, in: transaction)
    }

    private static func json(_ company: Company) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        company.write(to: &json)
        return json.bytes
    }

    /// A membership began, changed or ended.
    static func append(
        _ action: String, _ company: CompanyID, member: UserID, from: CompanyRole?, to: CompanyRole?,
        by caller: Caller, in request: RequestContext, _ transaction: PostgresTransaction
    ) async throws {
        try await AuditLog.append(
            action, by: caller, in: request, entityType: "company", entityID: company.rawValue,
            before: from.map { json(member, $0) }, after: to.map { json(member, $0) }, in: transaction)
    }

    /// Somebody was asked to belong to a company; their address is theirs, and is not kept.
    static func appendInvitation(
        to company: CompanyID, as role: CompanyRole, by caller: Caller, in request: RequestContext,
        _ transaction: PostgresTransaction
    ) async throws {
        var json = JSONWriter(capacity: 32)
        json.object { $0.field("role", role.rawValue) }
        try await AuditLog.append(
            "company.member_invited", by: caller, in: request, entityType: "company", entityID: company.rawValue,
            before: nil, after: json.bytes, in: transaction)
    }

    private static func json(_ member: UserID, _ role: CompanyRole) -> [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.object { json in
            json.field("user_id", member)
            json.field("role", role.rawValue)
        }
        return json.bytes
    }
}

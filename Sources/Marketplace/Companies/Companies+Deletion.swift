// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import MarketHTTP
public import Postgres

/// Ends the memberships of somebody who closes the account, in the transaction that closes it.
///
/// A company that has other members keeps an admin: who is the last one has to make another one first. A company whose only member
/// leaves stays as it is, without anybody who could act for it.
///
/// - Throws: `Problem` 409 `illegal-transition` for the last admin of others.
public func companiesLeave(_ user: UserID, in transaction: PostgresTransaction) async throws {
    try await endMemberships(of: user, by: .user(user, ip: nil), in: transaction) {
        try await CompanyAccess.keepAnAdminOfOthers($0, in: transaction)
    }
}

/// Ends what is left of the memberships of somebody whose account is removed by the transaction, and what they were asked by mail.
///
/// - Parameter email: the address that the account had.
public func companiesForget(_ user: UserID, email: String, in transaction: PostgresTransaction) async throws {
    try await CompaniesStore.forgetInvitations(to: email.lowercased(), in: transaction)
    try await endMemberships(of: user, by: .system, in: transaction) { _ in }
}

/// In the order of the companies' ids, a page at a time; each company is locked.
private func endMemberships(
    of user: UserID, by actor: AuditActor, in transaction: PostgresTransaction,
    _ check: (CompanyID) async throws -> Void
) async throws {
    while true {
        let companies = try await CompaniesStore.companies(of: user, in: transaction)
        if companies.isEmpty { return }
        for company in companies {
            _ = try await CompaniesStore.locked(company.id, in: transaction)
            try await CompaniesStore.remove(user, from: company.id, in: transaction)
            try await check(company.id)
            try await CompaniesStore.takeCarts(of: [user], from: company.id, in: transaction)
            try await AuditLog.append(
                AuditRecord(
                    action: "company.member_removed", actor: actor, entityType: "company",
                    entityID: company.id.rawValue), in: transaction)
        }
    }
}

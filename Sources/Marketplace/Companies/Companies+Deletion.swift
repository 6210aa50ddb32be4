// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import MarketHTTP
public import Postgres

/// Ends the memberships of somebody whose account is removed by the transaction, and what they were asked by mail.
///
/// A company may lose its last admin by it: nobody is kept from leaving the marketplace.
///
/// - Parameter email: the address that the account had.
public func companiesForget(_ user: UserID, email: String, in transaction: PostgresTransaction) async throws {
    try await CompaniesStore.forgetInvitations(to: email.lowercased(), in: transaction)
    // In the order of their ids, a page at a time. None is joined meanwhile: the account is closed.
    while true {
        let companies = try await CompaniesStore.companies(of: user, in: transaction)
        if companies.isEmpty { return }
        for company in companies {
            _ = try await CompaniesStore.locked(company.id, in: transaction)
            try await CompaniesStore.remove(user, from: company.id, in: transaction)
            try await CompaniesStore.takeCarts(of: [user], from: company.id, in: transaction)
            try await AuditLog.append(
                AuditRecord(
                    action: "company.member_removed", actor: .system, entityType: "company",
                    entityID: company.id.rawValue), in: transaction)
        }
    }
}

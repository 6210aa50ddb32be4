// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Who may do what with a company: strangers get 404, members without the right 403.
enum CompanyAccess {
    /// The id of a text; 404 for one of the wrong form.
    static func id(_ text: String) throws -> CompanyID {
        guard let id = CompanyID(text) else { throw Problem(.notFound) }
        return id
    }

    /// The id in the query's `id`.
    static func id(of request: RequestContext) throws -> CompanyID {
        guard let text = request.query["id"] else {
            throw Problem(
                .validationFailed, errors: [.init(pointer: "/id", code: "required", message: "id is required")])
        }
        return try id(text)
    }

    /// What the caller is to the company.
    static func role(
        of caller: Caller, in company: CompanyID, in client: some PostgresClient
    ) async throws -> CompanyRole {
        guard let role = try await CompaniesStore.role(of: caller.user, in: company, in: client) else {
            throw Problem(.notFound)
        }
        return role
    }

    /// The company, locked, for one of its admins.
    static func administered(
        _ id: CompanyID, by caller: Caller, in transaction: PostgresTransaction
    ) async throws -> Company {
        guard let company = try await CompaniesStore.locked(id, in: transaction) else { throw Problem(.notFound) }
        guard try await role(of: caller, in: id, in: transaction) == .admin else { throw Problem(.forbidden) }
        return company
    }

    /// Refuses a change after which nobody could decide for the company.
    static func keepAnAdmin(_ company: CompanyID, in transaction: PostgresTransaction) async throws {
        let members = try await CompaniesStore.members(of: company, in: transaction)
        guard members.contains(where: { $0.role == .admin }) else {
            throw Problem(.illegalTransition, detail: "The last admin of a company stays one.")
        }
    }

    /// The same where the last of all members may leave: nobody is left for whom somebody would have to decide.
    static func keepAnAdminOfOthers(_ company: CompanyID, in transaction: PostgresTransaction) async throws {
        let members = try await CompaniesStore.members(of: company, in: transaction)
        guard members.isEmpty || members.contains(where: { $0.role == .admin }) else {
            throw Problem(
                .illegalTransition,
                detail:
                    "You are the last admin of \(company), which has other members: make one of them an admin first.")
        }
    }
}

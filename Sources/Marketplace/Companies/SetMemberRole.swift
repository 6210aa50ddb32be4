// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/companies/members/set-role/`: gives a member another role. Who may not buy any more has their cart back.
struct SetMemberRole: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let company: CompanyID
        let user: UserID
        let role: CompanyRole
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            CompanyWork(try Self.read(request))
        } _: { transaction, work in
            let input = work.input
            _ = try await CompanyAccess.administered(input.company, by: caller, in: transaction)
            let current = try await CompaniesStore.role(of: input.user, in: input.company, in: transaction)
            guard let current else { throw Problem(.notFound) }
            if current != input.role {
                work.affects([input.user])
                try await CompaniesStore.set(input.role, of: input.user, in: input.company, in: transaction)
                try await CompanyAccess.keepAnAdmin(input.company, in: transaction)
                try await CompanyAudit.append(
                    "company.member_changed", input.company, member: input.user, from: current, to: input.role,
                    by: caller, in: request, transaction)
                if !input.role.mayBuy {
                    try await CompaniesStore.takeCarts(of: [input.user], from: input.company, in: transaction)
                }
            }
            return try await ListMembers.response(to: input.company, dependencies.ports, in: transaction)
        } afterCommit: { work in
            await dependencies.ports.tell(work)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (id, user, role) = try request.json { body in
            (
                body.string("id", length: 1...64), body.string("user_id", length: 1...64),
                body.choice("role", of: CompanyRole.self)
            )
        }
        guard let user = UserID(user) else { throw Problem(.notFound) }
        return Input(company: try CompanyAccess.id(id), user: user, role: role)
    }
}

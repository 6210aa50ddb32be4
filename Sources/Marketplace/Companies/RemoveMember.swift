// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/companies/members/remove/`: ends a membership, by an admin or by the member. Who is none stays none.
struct RemoveMember: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let company: CompanyID
        let user: UserID
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            CompanyWork(try Self.read(request))
        } _: { transaction, work in
            let input = work.input
            guard try await CompaniesStore.locked(input.company, in: transaction) != nil else {
                throw Problem(.notFound)
            }
            let own = try await CompanyAccess.role(of: caller, in: input.company, in: transaction)
            guard own == .admin || input.user == caller.user else { throw Problem(.forbidden) }
            let current = try await CompaniesStore.role(of: input.user, in: input.company, in: transaction)
            guard let current else { return .noContent }
            try await CompaniesStore.remove(input.user, from: input.company, in: transaction)
            try await CompanyAudit.append(
                "company.member_removed", input.company, member: input.user, from: current, to: nil, by: caller,
                in: request, transaction)
            try await CompanyAccess.keepAnAdmin(input.company, in: transaction)
            try await CompaniesStore.takeCarts(of: [input.user], from: input.company, in: transaction)
            work.affects([input.user])
            return .noContent
        } afterCommit: { work in
            await dependencies.ports.tell(work)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (id, user) = try request.json { body in
            (body.string("id", length: 1...64), body.string("user_id", length: 1...64))
        }
        guard let user = UserID(user) else { throw Problem(.notFound) }
        return Input(company: try CompanyAccess.id(id), user: user)
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/companies/members/accept/`: the caller belongs to the company from now on that asked them by mail. Who belongs to it
/// already keeps their role.
struct AcceptInvitation: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let token: String
        let email: String
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let token = try request.json { $0.string("token", length: 1...128) }
            guard let person = try await dependencies.ports.people([caller.user])[caller.user] else {
                throw Self.refused
            }
            return CompanyWork(Input(token: token, email: person.email.lowercased()))
        } _: { transaction, work in
            let input = work.input
            guard let id = try await CompaniesStore.invited(by: input.token, in: transaction),
                let company = try await CompaniesStore.locked(id, in: transaction),
                let role = try await CompaniesStore.take(input.token, email: input.email, in: transaction)
            else { throw Self.refused }
            let members = try await CompaniesStore.members(of: id, in: transaction)
            guard !members.contains(where: { $0.user == caller.user }) else { return company.response() }
            guard members.count < CompaniesStore.membersMax else { throw InviteMember.full }
            try await CompaniesStore.set(role, of: caller.user, in: id, in: transaction)
            try await CompanyAudit.append(
                "company.member_added", id, member: caller.user, from: nil, to: role, by: caller, in: request,
                transaction)
            work.affects([caller.user])
            return company.response()
        } afterCommit: { work in
            await dependencies.ports.tell(work)
        }
    }

    /// All reasons look the same.
    private static var refused: Problem {
        Problem(
            .validationFailed, detail: "The invitation is none, was answered, is too old, or is somebody else's.",
            errors: [.init(pointer: "/token", code: "invalid", message: "wrong, used, too old, or somebody else's")])
    }
}

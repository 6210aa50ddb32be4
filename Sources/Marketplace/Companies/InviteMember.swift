// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/companies/members/invite/`: makes somebody with an account a member. Who is one keeps their role.
struct InviteMember: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let company: CompanyID
        let email: String
        let role: CompanyRole
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            _ = try await CompanyAccess.administered(input.company, by: caller, in: transaction)
            guard let user = try await dependencies.ports.user(input.email) else {
                throw Problem(
                    .notFound, detail: "Nobody has an account with this address.",
                    errors: [.init(pointer: "/email", code: "not-found", message: "no account")])
            }
            let members = try await CompaniesStore.members(of: input.company, in: transaction)
            if !members.contains(where: { $0.user == user }) {
                guard members.count < CompaniesStore.membersMax else {
                    throw Problem(
                        .validationFailed, detail: "A company has at most \(CompaniesStore.membersMax) members.")
                }
                try await CompaniesStore.set(input.role, of: user, in: input.company, in: transaction)
                try await CompanyAudit.append(
                    "company.member_added", input.company, member: user, from: nil, to: input.role, by: caller,
                    in: request, transaction)
            }
            return try await ListMembers.response(to: input.company, dependencies.ports, in: transaction)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (id, email, role) = try request.json { body in
            (
                body.string("id", length: 1...64),
                body.parsed("email", length: 5...254, placeholder: "") { CompanyFields.email($0) },
                body.choice("role", of: CompanyRole.self)
            )
        }
        return Input(company: try CompanyAccess.id(id), email: email, role: role)
    }
}

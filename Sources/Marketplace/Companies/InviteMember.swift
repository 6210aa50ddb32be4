// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/companies/members/invite/`: asks somebody by mail to belong to a company.
///
/// The answer and its time are the same whether somebody has an account with the address or not: nobody looks. Who reads the
/// mail decides (`AcceptInvitation`).
struct InviteMember: Sendable {
    let dependencies: CompaniesDependencies

    /// What the token of an invitation is for; also the name of the page that takes it.
    private static let purpose = "join-company"

    private struct Input: Sendable {
        let company: CompanyID
        let email: String
        let role: CompanyRole
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            let company = try await CompanyAccess.administered(input.company, by: caller, in: transaction)
            guard company.status == .verified else {
                throw Problem(.companyNotVerified, detail: "Members are invited once the company is verified.")
            }
            try await CompaniesStore.removeExpired(of: company.id, in: transaction)
            guard
                try await CompaniesStore.membersAndInvited(of: company.id, in: transaction)
                    < Int64(CompaniesStore.membersMax)
            else { throw Self.full }
            let token = dependencies.mailTokens.make(for: Self.purpose)
            let isNew = try await CompaniesStore.invite(
                input.email.lowercased(), as: input.role, to: company.id, by: caller.user, token: token,
                in: transaction)
            if isNew {
                try await MailQueue.enqueue(
                    Mail(
                        .companyInvitation, to: .address(input.email, name: input.email),
                        data: ["company": company.legalName], token: token), in: transaction)
                try await CompanyAudit.appendInvitation(
                    to: company.id, as: input.role, by: caller, in: request, transaction)
            }
            return HTTPResponse(.accepted)
        }
    }

    /// There is no room for another member.
    static var full: Problem {
        Problem(
            .validationFailed,
            detail: "A company has at most \(CompaniesStore.membersMax) members, invited ones included.")
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

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension InviteMember {
    static let description = RouteDescription(
        tag: .companies, summary: "Invite somebody to a company",
        text: """
            For admins of verified companies. Whoever has the address is asked by mail, at most once in five minutes, and belongs \
            to the company once they accept within seven days. The answer does not tell whether they have an account.
            """,
        body: .json(
            .object([
                CompanySchema.id, .required("email", CompanySchema.email), .required("role", CompanySchema.role),
            ]).named("NewCompanyMember")),
        answers: [.empty(.accepted, "A mail is on its way.")], problems: [.notFound, .forbidden, .companyNotVerified])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension InviteMember {
    static let description = RouteDescription(
        tag: .companies, summary: "Add a member to a company",
        text: "For its admins: somebody who has an account. Who is a member already keeps their role.",
        body: .json(
            .object([
                CompanySchema.id, .required("email", CompanySchema.email), .required("role", CompanySchema.role),
            ]).named("NewCompanyMember")),
        answers: [.json(.ok, "The members as they are now.", CompanySchema.members)],
        problems: [.notFound, .forbidden])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension SetMemberRole {
    static let description = RouteDescription(
        tag: .companies, summary: "Give a member another role",
        text:
            "For the company's admins. The last admin stays one. Who may not buy any more has a cart of their own again.",
        body: .json(
            .object([CompanySchema.id, CompanySchema.user, .required("role", CompanySchema.role)])
                .named("CompanyMemberRole")),
        answers: [.json(.ok, "The members as they are now.", CompanySchema.members)],
        problems: [.notFound, .forbidden, .illegalTransition])
}

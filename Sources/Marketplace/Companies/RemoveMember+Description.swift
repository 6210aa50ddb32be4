// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension RemoveMember {
    static let description = RouteDescription(
        tag: .companies, summary: "Remove a member from a company",
        text:
            "For the company's admins, and for members who leave. The last admin stays. Their cart is their own again.",
        body: .json(.object([CompanySchema.id, CompanySchema.user]).named("CompanyMemberReference")),
        answers: [.empty(.noContent, "The user is no member.")], problems: [.notFound, .forbidden, .illegalTransition])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListMembers {
    static let description = RouteDescription(
        tag: .companies, summary: "List a company's members", text: "For its members; 404 for everybody else.",
        parameters: [.query("id", "The company's id.", .id(CompanyID.self))],
        answers: [.json(.ok, "All of them, at most \(CompaniesStore.membersMax).", CompanySchema.members)],
        problems: [.notFound, .validationFailed])
}

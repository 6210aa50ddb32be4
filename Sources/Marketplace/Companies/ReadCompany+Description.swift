// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadCompany {
    static let description = RouteDescription(
        tag: .companies, summary: "Read a company", text: "For its members; 404 for everybody else.",
        parameters: [.query("id", "Its id.", .id(CompanyID.self))],
        answers: [.json(.ok, "The company.", CompanySchema.company, headers: [.etag])],
        problems: [.notFound, .validationFailed])
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/companies/detail/`: a company, for its members.
struct ReadCompany: Sendable {
    let dependencies: CompaniesDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let id = try CompanyAccess.id(of: request)
        _ = try await CompanyAccess.role(of: caller, in: id, in: dependencies.pool)
        guard let company = try await CompaniesStore.company(id, in: dependencies.pool) else {
            throw Problem(.notFound)
        }
        return company.response()
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/companies/members/`: who belongs to a company, for its members.
struct ListMembers: Sendable {
    let dependencies: CompaniesDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let id = try CompanyAccess.id(of: request)
        _ = try await CompanyAccess.role(of: caller, in: id, in: dependencies.pool)
        return try await Self.response(to: id, dependencies.ports, in: dependencies.pool)
    }

    /// The answer with the members as the client sees them.
    static func response(
        to company: CompanyID, _ ports: CompanyPorts, in client: some PostgresClient
    ) async throws -> HTTPResponse {
        let members = try await CompaniesStore.members(of: company, in: client)
        let people = try await ports.people(members.map(\.user))
        var json = JSONWriter(capacity: 64 + members.count * 192)
        json.object { json in
            json.array("data") { json in
                for member in members {
                    json.object { json in
                        json.field("user_id", member.user)
                        json.fieldIfPresent("full_name", people[member.user]?.name)
                        json.fieldIfPresent("email", people[member.user]?.email)
                        json.field("role", member.role.rawValue)
                        json.field("added_at", member.addedAt)
                    }
                }
            }
        }
        return HTTPResponse(.ok, body: json.bytes)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Companies
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing

/// What is forgotten with an account.
@Suite(.timeLimit(.minutes(5))) struct CompaniesDeletionTests {
    @Test func membersAreForgottenWithTheirAccounts() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            try await shop.cart(of: 2, for: id)
            for number in 2...3 { _ = try await shop.ask("P\(number)@loom.example", to: id) }
            try await shop.base.pool.withTransaction {
                try await companiesForget(UserID(rawValue: 2), email: "p2@Loom.example", in: $0)
            }
            let left = try await shop.get("companies/members/?id=\(id)", by: 1)
            #expect(try shop.members(left) == ["Person 1 admin"])
            #expect(try await shop.cart(of: 2) == "2|false")
            #expect(
                try await shop.base.row("select string_agg(email, ',') from companies.invitations") == "p3@loom.example"
            )
        }
    }
}

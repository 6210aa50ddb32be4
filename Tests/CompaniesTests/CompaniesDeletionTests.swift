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

    /// Who closes the account leaves the companies at once; a company of others keeps an admin.
    @Test func theLastAdminOfOthersDoesNotLeave() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            try await shop.cart(of: 1, for: id)
            let pool = shop.base.pool
            @Sendable func leave(_ user: Int64) async throws -> String? {
                do {
                    try await pool.withTransaction { try await companiesLeave(UserID(rawValue: user), in: $0) }
                    return nil
                } catch let problem as Problem {
                    return problem.kind.code
                }
            }
            #expect(try await leave(1) == "illegal-transition")
            let kept = try await shop.get("companies/members/?id=\(id)", by: 1)
            #expect(try shop.members(kept) == ["Person 1 admin", "Person 2 buyer"])
            #expect(try await shop.cart(of: 1) == "1|true", "nothing of it has happened")
            let promoted = try await shop.post(
                "companies/members/set-role", #"{"id":"\#(id)","user_id":"\#(UserID(rawValue: 2))","role":"admin"}"#,
                by: 1)
            #expect(promoted.status < 300, "\(promoted.text)")
            #expect(try await leave(1) == nil)
            let left = try await shop.get("companies/members/?id=\(id)", by: 2)
            #expect(try shop.members(left) == ["Person 2 admin"])
            #expect(try await shop.cart(of: 1) == "2|false")
            let act = try await shop.base.row(
                "select actor_type, actor_id from platform.audit order by id desc limit 1")
            #expect(act == "user|1")
            // The last of all may go.
            #expect(try await leave(2) == nil)
            #expect(try await shop.base.row("select count(*) from companies.members") == "0")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct InviteMemberTests {
    @Test func areInvitedByAdminsAndDecideThemselves() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            #expect(try await shop.invite(2, "buyer", to: id) == ["Person 1 admin", "Person 2 buyer"])
            let buyer = try await shop.ask("p3@loom.example", to: id, by: 2)
            #expect(buyer.code == "forbidden")
            let stranger = try await shop.ask("p3@loom.example", to: id, by: 3)
            #expect(stranger.code == "not-found")
            let invalid = try await shop.ask("p3@loom.example", "owner", to: id)
            #expect(invalid.code == "validation-failed")
            // Whether somebody has an account with an address, the answer does not tell.
            let known = try await shop.ask("P3@Loom.example", "viewer", to: id)
            let token = try await shop.newestInvitation()
            let unknown = try await shop.ask("nobody@elsewhere.example", to: id)
            #expect(known.status == 202 && unknown.status == 202 && known.body.isEmpty && unknown.body.isEmpty)
            let members = try await shop.get("companies/members/?id=\(id)", by: 2)
            #expect(try shop.members(members).count == 2, "nobody belongs to it who has not accepted")
            let nobody = try await shop.accept(token, by: nil)
            #expect(nobody.code == "token-missing")
            for (text, user) in [(token, Int64(4)), ("x", 3)] {
                let refused = try await shop.accept(text, by: user)
                #expect(refused.code == "validation-failed")
            }
            let first = try await shop.accept(token, by: 3, key: "accept-3")
            let again = try await shop.accept(token, by: 3, key: "accept-3")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let used = try await shop.accept(token, by: 3)
            #expect(used.code == "validation-failed")
            let now = try await shop.get("companies/members/?id=\(id)", by: 3)
            #expect(try shop.members(now) == ["Person 1 admin", "Person 2 buyer", "Person 3 viewer"])
        }
    }

    @Test func areNotInvitedToACompanyThatNobodyHasLookedAt() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
            let refused = try await shop.ask("p2@loom.example", to: id)
            #expect(refused.status == 409 && refused.code == "company-not-verified")
            #expect(try await shop.base.row("select count(*) from platform.jobs where kind = 'mail.send'") == "0")
        }
    }

    /// Invitations need one connection each, however many come at once.
    @Test func manyInvitationsAtOnce() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<24 {
                    group.addTask { try await shop.ask("q\(number)@loom.example", to: id).status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 202, count: 24))
            #expect(try await shop.base.row("select count(*) from companies.invitations") == "24")
        }
    }

    @Test func oneKeyAsksOnce() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            let body = #"{"id":"\#(id)","email":"p2@loom.example","role":"buyer"}"#
            let nobody = try await shop.post("companies/members/invite", body, by: nil)
            #expect(nobody.code == "token-missing")
            let first = try await shop.post("companies/members/invite", body, by: 1, key: "invite-1")
            let again = try await shop.post("companies/members/invite", body, by: 1, key: "invite-1")
            #expect(first.status == 202 && again.status == 202 && again.isReplay)
            let other = try await shop.post(
                "companies/members/invite", #"{"id":"\#(id)","email":"p3@loom.example","role":"buyer"}"#, by: 1,
                key: "invite-1")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await shop.base.row("select count(*) from platform.jobs where kind = 'mail.send'") == "1")
        }
    }

    /// Members and invitations share the room that there is.
    @Test func aFullCompanyInvitesNobody() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.base.script(
                """
                insert into companies.members (company_id, user_id, role)
                select id, 1000 + n, 'viewer' from companies.companies, generate_series(2, 200) n;
                """)
            let full = try await shop.ask("p2@loom.example", to: id)
            #expect(full.code == "validation-failed")
            #expect(try await shop.base.row("select count(*) from companies.invitations") == "0")
        }
    }
}

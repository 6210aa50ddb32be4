// SPDX-License-Identifier: Apache-2.0
import Companies
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct MemberTests {
    private static func user(_ number: Int64) -> String { "\(UserID(rawValue: number))" }

    private static func role(_ company: String, _ user: Int64, _ role: String) -> String {
        #"{"id":"\#(company)","user_id":"\#(self.user(user))","role":"\#(role)"}"#
    }

    private static func reference(_ company: String, _ user: Int64) -> String {
        #"{"id":"\#(company)","user_id":"\#(self.user(user))"}"#
    }

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

    @Test func invitationsEnd() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            _ = try await shop.ask("p2@loom.example", to: id)
            let first = try await shop.newestInvitation()
            // An address is left alone for a while; after it a new mail takes the place of the old one.
            _ = try await shop.ask("p2@loom.example", to: id)
            #expect(try await shop.newestInvitation() == first)
            try await shop.base.script("update companies.invitations set invited_at = now() - interval '5 min'")
            _ = try await shop.ask("p2@loom.example", "viewer", to: id)
            let second = try await shop.newestInvitation()
            let old = try await shop.accept(first, by: 2)
            #expect(old.code == "validation-failed")
            try await shop.base.script("update companies.invitations set expires_at = now()")
            let late = try await shop.accept(second, by: 2)
            #expect(late.code == "validation-failed")
            try await shop.base.script("update companies.invitations set expires_at = now() + interval '1 h'")
            // Who decides for the company no longer invites nobody to it.
            try await shop.invite(3, "admin", to: id)
            let left = try await shop.post("companies/members/remove", Self.reference(id, 1), by: 3)
            #expect(left.status == 204)
            let orphan = try await shop.accept(second, by: 2)
            #expect(orphan.code == "validation-failed")
        }
    }

    @Test func keepTheirRoleWhenTheyAreAskedAgain() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            #expect(try await shop.invite(2, "viewer", to: id) == ["Person 1 admin", "Person 2 buyer"])
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

    @Test func changeTheirRoleAndLoseTheCartThatTheyMayNotHave() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            try await shop.cart(of: 2, for: id)
            let admin = try await shop.post("companies/members/set-role", Self.role(id, 2, "admin"), by: 1)
            #expect(try shop.members(admin) == ["Person 1 admin", "Person 2 admin"])
            #expect(try await shop.cart(of: 2) == "1|true")
            let viewer = try await shop.post("companies/members/set-role", Self.role(id, 2, "viewer"), by: 1)
            #expect(try shop.members(viewer) == ["Person 1 admin", "Person 2 viewer"])
            #expect(try await shop.cart(of: 2) == "2|false")
            let last = try await shop.post("companies/members/set-role", Self.role(id, 1, "buyer"), by: 1)
            #expect(last.code == "illegal-transition")
            let members = try await shop.get("companies/members/?id=\(id)", by: 1)
            #expect(try shop.members(members) == ["Person 1 admin", "Person 2 viewer"])
            let stranger = try await shop.post("companies/members/set-role", Self.role(id, 3, "buyer"), by: 1)
            #expect(stranger.code == "not-found")
            let forbidden = try await shop.post("companies/members/set-role", Self.role(id, 2, "admin"), by: 2)
            #expect(forbidden.code == "forbidden")
        }
    }

    @Test func leaveAndAreRemoved() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            for user in Int64(2)...3 { try await shop.invite(user, "buyer", to: id) }
            try await shop.cart(of: 2, for: id)
            try await shop.cart(of: 3, for: id)
            let others = try await shop.post("companies/members/remove", Self.reference(id, 3), by: 2)
            #expect(others.code == "forbidden")
            let leaves = try await shop.post("companies/members/remove", Self.reference(id, 2), by: 2)
            #expect(leaves.status == 204)
            #expect(try await shop.cart(of: 2) == "2|false")
            #expect(try await shop.cart(of: 3) == "1|true")
            let removed = try await shop.post("companies/members/remove", Self.reference(id, 3), by: 1)
            #expect(removed.status == 204)
            #expect(try await shop.cart(of: 3) == "2|false")
            let again = try await shop.post("companies/members/remove", Self.reference(id, 3), by: 1)
            #expect(again.status == 204)
            let acts = try await shop.base.row(
                "select string_agg(action || ' ' || actor_id, ', ' order by id) from platform.audit")
            let asked = "company.member_invited 1, company.member_added"
            #expect(
                acts == "company.created 1, company.verified 90, \(asked) 2, \(asked) 3, "
                    + "company.member_removed 2, company.member_removed 1")
            let last = try await shop.post("companies/members/remove", Self.reference(id, 1), by: 1)
            #expect(last.code == "illegal-transition")
            let stranger = try await shop.post("companies/members/remove", Self.reference(id, 1), by: 2)
            #expect(stranger.code == "not-found")
        }
    }

    @Test func areForgottenWithTheirAccounts() async throws {
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

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
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

    @Test func areAddedByAdmins() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
            #expect(try await shop.invite(2, "buyer", to: id) == ["Person 1 admin", "Person 2 buyer"])
            #expect(
                try await shop.invite(2, "viewer", to: id) == ["Person 1 admin", "Person 2 buyer"], "keeps the role")
            let body = #"{"id":"\#(id)","email":"p3@loom.example","role":"buyer"}"#
            let buyer = try await shop.post("companies/members/invite", body, by: 2)
            #expect(buyer.code == "forbidden")
            let stranger = try await shop.post("companies/members/invite", body, by: 3)
            #expect(stranger.code == "not-found")
            let nobody = #"{"id":"\#(id)","email":"nobody@elsewhere.example","role":"buyer"}"#
            let unknown = try await shop.post("companies/members/invite", nobody, by: 1)
            #expect(unknown.code == "not-found")
            let wrong = #"{"id":"\#(id)","email":"p3@loom.example","role":"owner"}"#
            let invalid = try await shop.post("companies/members/invite", wrong, by: 1)
            #expect(invalid.code == "validation-failed")
            let first = try await shop.post("companies/members/invite", body, by: 1, key: "invite-3")
            let again = try await shop.post("companies/members/invite", body, by: 1, key: "invite-3")
            #expect(again.isReplay && again.body == first.body)
            let members = try await shop.get("companies/members/?id=\(id)", by: 2)
            #expect(try shop.members(members).count == 3)
        }
    }

    @Test func changeTheirRoleAndLoseTheCartThatTheyMayNotHave() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
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
            let id = try await shop.company()
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
            let added = "company.member_added 1"
            #expect(
                acts == "company.created 1, \(added), \(added), company.member_removed 2, company.member_removed 1")
            let last = try await shop.post("companies/members/remove", Self.reference(id, 1), by: 1)
            #expect(last.code == "illegal-transition")
            let stranger = try await shop.post("companies/members/remove", Self.reference(id, 1), by: 2)
            #expect(stranger.code == "not-found")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SetMemberRoleTests {
    @Test func changeTheirRoleAndLoseTheCartThatTheyMayNotHave() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            try await shop.cart(of: 2, for: id)
            let admin = try await shop.post("companies/members/set-role", CompaniesFixture.role(id, 2, "admin"), by: 1)
            #expect(try shop.members(admin) == ["Person 1 admin", "Person 2 admin"])
            #expect(try await shop.cart(of: 2) == "1|true")
            let viewer = try await shop.post(
                "companies/members/set-role", CompaniesFixture.role(id, 2, "viewer"), by: 1)
            #expect(try shop.members(viewer) == ["Person 1 admin", "Person 2 viewer"])
            #expect(try await shop.cart(of: 2) == "2|false")
            let last = try await shop.post("companies/members/set-role", CompaniesFixture.role(id, 1, "buyer"), by: 1)
            #expect(last.code == "illegal-transition")
            let members = try await shop.get("companies/members/?id=\(id)", by: 1)
            #expect(try shop.members(members) == ["Person 1 admin", "Person 2 viewer"])
            let stranger = try await shop.post(
                "companies/members/set-role", CompaniesFixture.role(id, 3, "buyer"), by: 1)
            #expect(stranger.code == "not-found")
            let forbidden = try await shop.post(
                "companies/members/set-role", CompaniesFixture.role(id, 2, "admin"), by: 2)
            #expect(forbidden.code == "forbidden")
        }
    }

    @Test func onlyAdminsOfTheCompanySetRoles() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            let body = CompaniesFixture.role(id, 2, "admin")
            for (user, code) in [
                (nil, "token-missing"), (2, "forbidden"), (4, "not-found"), (90, "not-found"),
            ] as [(Int64?, String)] {
                let refused = try await shop.post("companies/members/set-role", body, by: user)
                #expect(refused.code == code, "\(user ?? 0)")
            }
            let wrong = try await shop.post("companies/members/set-role", CompaniesFixture.role(id, 2, "owner"), by: 1)
            #expect(wrong.code == "validation-failed")
            let first = try await shop.post("companies/members/set-role", body, by: 1, key: "set-role-1")
            let again = try await shop.post("companies/members/set-role", body, by: 1, key: "set-role-1")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let other = try await shop.post(
                "companies/members/set-role", CompaniesFixture.role(id, 2, "viewer"), by: 1, key: "set-role-1")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}

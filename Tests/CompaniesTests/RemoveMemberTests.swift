// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct RemoveMemberTests {
    @Test func leaveAndAreRemoved() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            for user in Int64(2)...3 { try await shop.invite(user, "buyer", to: id) }
            try await shop.cart(of: 2, for: id)
            try await shop.cart(of: 3, for: id)
            let others = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 3), by: 2)
            #expect(others.code == "forbidden")
            let leaves = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 2), by: 2)
            #expect(leaves.status == 204)
            #expect(try await shop.cart(of: 2) == "2|false")
            #expect(try await shop.cart(of: 3) == "1|true")
            let removed = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 3), by: 1)
            #expect(removed.status == 204)
            #expect(try await shop.cart(of: 3) == "2|false")
            let again = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 3), by: 1)
            #expect(again.status == 204)
            let acts = try await shop.base.row(
                "select string_agg(action || ' ' || actor_id, ', ' order by id) from platform.audit")
            let asked = "company.member_invited 1, company.member_added"
            #expect(
                acts == "company.created 1, company.verified 90, \(asked) 2, \(asked) 3, "
                    + "company.member_removed 2, company.member_removed 1")
            let last = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 1), by: 1)
            #expect(last.code == "illegal-transition")
            let stranger = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 1), by: 2)
            #expect(stranger.code == "not-found")
        }
    }

    @Test func oneKeyRemovesOnce() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            let body = CompaniesFixture.reference(id, 2)
            for (user, code) in [(nil, "token-missing"), (4, "not-found"), (90, "not-found")] as [(Int64?, String)] {
                let refused = try await shop.post("companies/members/remove", body, by: user)
                #expect(refused.code == code, "\(user ?? 0)")
            }
            let wrong = try await shop.post("companies/members/remove", #"{"id":"\#(id)"}"#, by: 1)
            #expect(wrong.code == "validation-failed")
            let first = try await shop.post("companies/members/remove", body, by: 1, key: "remove-1")
            let again = try await shop.post("companies/members/remove", body, by: 1, key: "remove-1")
            #expect(first.status == 204 && again.status == 204 && again.isReplay)
            let other = try await shop.post(
                "companies/members/remove", CompaniesFixture.reference(id, 3), by: 1, key: "remove-1")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}

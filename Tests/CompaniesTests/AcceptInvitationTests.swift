// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AcceptInvitationTests {
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
            let left = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 1), by: 3)
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

    @Test func oneKeyAcceptsOnceAndOnlyTheirs() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            _ = try await shop.ask("p2@loom.example", "approver", to: id)
            let token = try await shop.newestInvitation()
            let nobody = try await shop.accept(token, by: nil)
            #expect(nobody.code == "token-missing")
            let stranger = try await shop.accept(token, by: 3)
            #expect(stranger.code == "validation-failed")
            let first = try await shop.accept(token, by: 2, key: "accept-1")
            let again = try await shop.accept(token, by: 2, key: "accept-1")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let other = try await shop.accept("another", by: 2, key: "accept-1")
            #expect(other.code == "idempotency-key-reused")
            let members = try await shop.get("companies/members/?id=\(id)", by: 2)
            #expect(try shop.members(members) == ["Person 1 admin", "Person 2 approver"])
        }
    }
}

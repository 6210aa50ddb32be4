// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReadCompanyTests {
    @Test func strangersDoNotLearnOfIt() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
            for path in ["companies/detail/?id=\(id)", "companies/members/?id=\(id)"] {
                let nobody = try await shop.get(path, by: nil)
                #expect(nobody.code == "token-missing")
                let stranger = try await shop.get(path, by: 2)
                #expect(stranger.code == "not-found")
            }
            let missing = try await shop.get("companies/detail/", by: 1)
            #expect(missing.code == "validation-failed")
            let nameless = try await shop.get("companies/members/", by: 1)
            #expect(nameless.code == "validation-failed")
            let malformed = try await shop.get("companies/detail/?id=cmp_x", by: 1)
            #expect(malformed.code == "not-found")
            let update = try await shop.post("companies/update", #"{"id":"\#(id)"}"#, by: 2, method: "PUT")
            #expect(update.code == "not-found")
        }
    }

    @Test func isReadByWhoeverBelongsToIt() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            for (user, role) in [(Int64(2), "buyer"), (3, "approver"), (4, "viewer")] {
                try await shop.invite(user, role, to: id)
                let read = try await shop.get("companies/detail/?id=\(id)", by: user)
                #expect(read.status == 200 && read.header("ETag") == "\"v2\"")
                let members = try await shop.get("companies/members/?id=\(id)", by: user)
                #expect(members.status == 200)
            }
            // The marketplace's own people have no way in here.
            let admin = try await shop.get("companies/detail/?id=\(id)", by: 90)
            #expect(admin.code == "not-found")
        }
    }
}

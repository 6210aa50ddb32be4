// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct VerifyCompanyTests {
    @Test func isVerifiedByTheMarketplaceAlone() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
            let verdict = #"{"id":"\#(id)","verified":true,"expected_version":1}"#
            let own = try await shop.post("admin/companies/verify", verdict, by: 1)
            #expect(own.code == "forbidden")
            let powerless = try await shop.post("admin/companies/verify", verdict, by: 91)
            #expect(powerless.code == "forbidden")
            let silent = #"{"id":"\#(id)","verified":false,"expected_version":1}"#
            let reasonless = try await shop.post("admin/companies/verify", silent, by: 90)
            #expect(reasonless.code == "validation-failed")
            let stale = #"{"id":"\#(id)","verified":true,"expected_version":9}"#
            let late = try await shop.post("admin/companies/verify", stale, by: 90)
            #expect(late.code == "version-conflict")
            let verified = try await shop.post("admin/companies/verify", verdict, by: 90)
            #expect(try verified.json["status"]?.string == "verified")
            // Saying it again says nothing new.
            let again = try await shop.post("admin/companies/verify", verdict, by: 90)
            #expect(try again.json["version"]?.int == 2)
            try await shop.cart(of: 1, for: id)
            let end = #"{"id":"\#(id)","verified":false,"expected_version":2,"note":"struck off"}"#
            let rejected = try await shop.post("admin/companies/verify", end, by: 90)
            #expect(try rejected.json["status_note"]?.string == "struck off")
            #expect(try await shop.cart(of: 1) == "2|false")
            let unknown = #"{"id":"cmp_0000000000001","verified":true,"expected_version":1}"#
            let missing = try await shop.post("admin/companies/verify", unknown, by: 90)
            #expect(missing.code == "not-found")
        }
    }

    @Test func oneKeyVerifiesOnce() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
            let verdict = #"{"id":"\#(id)","verified":true,"expected_version":1}"#
            let nobody = try await shop.post("admin/companies/verify", verdict, by: nil)
            #expect(nobody.code == "token-missing")
            let first = try await shop.post("admin/companies/verify", verdict, by: 90, key: "verify-1")
            let again = try await shop.post("admin/companies/verify", verdict, by: 90, key: "verify-1")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let no = #"{"id":"\#(id)","verified":false,"expected_version":2,"note":"struck off"}"#
            let other = try await shop.post("admin/companies/verify", no, by: 90, key: "verify-1")
            #expect(other.code == "idempotency-key-reused")
            #expect(
                try await shop.base.row("select count(*) from platform.audit where action = 'company.verified'") == "1")
        }
    }
}

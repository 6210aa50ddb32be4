// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CompanyTests {
    private static func body(
        gstin: String = CompaniesFixture.gstin, name: String = "Loom Traders", email: String = "bills@loom.example",
        extra: String = ""
    ) -> String {
        #"{"legal_name":"\#(name)","gstin":"\#(gstin)","billing_email":"\#(email)"\#(extra)}"#
    }

    @Test func isMadeAndRead() async throws {
        try await CompaniesFixture.with { shop in
            let made = try await shop.post("companies/create", Self.body(gstin: "29aagcb7383j1z4"), by: 1)
            #expect(made.status == 201)
            #expect(made.header("ETag") == "\"v1\"")
            let company = try made.json
            #expect(company["gstin"]?.string == CompaniesFixture.gstin)
            #expect(company["pan"]?.string == "AAGCB7383J")
            #expect(company["status"]?.string == "pending")
            let id = try #require(company["id"]?.string)
            let read = try await shop.get("companies/detail/?id=\(id)", by: 1)
            #expect(read.body == made.body)
            let members = try await shop.get("companies/members/?id=\(id)", by: 1)
            #expect(try shop.members(members) == ["Person 1 admin"])
        }
    }

    @Test(
        "what is no company",
        arguments: [
            body(gstin: "29AAGCB7383J1Z5"), body(name: "  "), body(email: "nobody"), body(email: "a@b"),
            body(extra: #","pan":"AAGCB7383K""#), #"{"legal_name":"x"}"#,
        ])
    func invalid(body: String) async throws {
        try await CompaniesFixture.with { shop in
            let refused = try await shop.post("companies/create", body, by: 1)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.base.row("select count(*) from companies.companies") == "0")
        }
    }

    @Test func oneTaxNumberIsOneCompany() async throws {
        try await CompaniesFixture.with { shop in
            let first = try await shop.post("companies/create", Self.body(), by: 1, key: "company-1")
            let again = try await shop.post("companies/create", Self.body(), by: 1, key: "company-1")
            #expect(again.isReplay && again.body == first.body)
            // Who only claims a number keeps it from nobody: the verification says whose it is.
            let owners = try await shop.post("companies/create", Self.body(name: "Owner"), by: 2)
            let owner = try #require(try owners.json["id"]?.string)
            let theirs = #"{"id":"\#(owner)","verified":true,"expected_version":1}"#
            let verified = try await shop.post("admin/companies/verify", theirs, by: 90)
            #expect(verified.status == 200)
            let squatter = try #require(try first.json["id"]?.string)
            let squatted = #"{"id":"\#(squatter)","verified":true,"expected_version":1}"#
            let refused = try await shop.post("admin/companies/verify", squatted, by: 90)
            #expect(refused.code == "gstin-taken")
            let late = try await shop.post("companies/create", Self.body(name: "Late"), by: 3)
            #expect(late.code == "gstin-taken")
            // The claim can still be renamed, rejected, and made after the other one was struck off.
            let renamed = try await shop.post(
                "companies/update", #"{"id":"\#(squatter)","legal_name":"Renamed"}"#, by: 1, method: "PUT")
            #expect(renamed.status == 200)
            let end = #"{"id":"\#(owner)","verified":false,"expected_version":2,"note":"struck off"}"#
            let struckOff = try await shop.post("admin/companies/verify", end, by: 90)
            #expect(struckOff.status == 200)
            let next = #"{"id":"\#(squatter)","verified":true,"expected_version":2}"#
            let free = try await shop.post("admin/companies/verify", next, by: 90)
            #expect(free.status == 200)
        }
    }

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
            let malformed = try await shop.get("companies/detail/?id=cmp_x", by: 1)
            #expect(malformed.code == "not-found")
            let update = try await shop.post("companies/update", #"{"id":"\#(id)"}"#, by: 2, method: "PUT")
            #expect(update.code == "not-found")
        }
    }

    @Test func isChangedByItsAdmins() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            let mail = #"{"id":"\#(id)","billing_email":"new@loom.example","expected_version":2}"#
            let changed = try await shop.post("companies/update", mail, by: 1, method: "PUT")
            #expect(try changed.json["billing_email"]?.string == "new@loom.example")
            #expect(try changed.json["status"]?.string == "verified", "an address for bills is not who they are")
            let late = try await shop.post("companies/update", mail, by: 1, method: "PUT")
            #expect(late.code == "version-conflict")
            let tag = try await shop.post(
                "companies/update", #"{"id":"\#(id)"}"#, by: 1, method: "PUT", headers: [("If-Match", "\"v1\"")])
            #expect(tag.status == 412)
            let buyer = try await shop.post("companies/update", #"{"id":"\#(id)"}"#, by: 2, method: "PUT")
            #expect(buyer.code == "forbidden")
        }
    }

    @Test func anotherTaxNumberIsVerifiedAnew() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.cart(of: 1, for: id)
            let other = #"{"id":"\#(id)","gstin":"\#(CompaniesFixture.otherGSTIN)"}"#
            let changed = try await shop.post("companies/update", other, by: 1, method: "PUT")
            #expect(try changed.json["status"]?.string == "pending")
            #expect(try await shop.cart(of: 1) == "2|false")
            let back = #"{"legal_name":"Second","gstin":"\#(CompaniesFixture.gstin)","billing_email":"b@loom.example"}"#
            let second = try await shop.post("companies/create", back, by: 2)
            let secondID = try #require(try second.json["id"]?.string)
            let verdict = #"{"id":"\#(id)","verified":true,"expected_version":3}"#
            let verified = try await shop.post("admin/companies/verify", verdict, by: 90)
            #expect(verified.status == 200)
            let taken = #"{"id":"\#(secondID)","gstin":"\#(CompaniesFixture.otherGSTIN)"}"#
            let refused = try await shop.post("companies/update", taken, by: 2, key: "taken-1", method: "PUT")
            #expect(refused.code == "gstin-taken")
            let replayed = try await shop.post("companies/update", taken, by: 2, key: "taken-1", method: "PUT")
            #expect(replayed.isReplay)
        }
    }

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
}

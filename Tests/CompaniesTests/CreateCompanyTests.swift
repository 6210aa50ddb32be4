// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CreateCompanyTests {
    @Test func isMadeAndRead() async throws {
        try await CompaniesFixture.with { shop in
            let made = try await shop.post("companies/create", CompaniesFixture.body(gstin: "29aagcb7383j1z4"), by: 1)
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
            CompaniesFixture.body(gstin: "29AAGCB7383J1Z5"), CompaniesFixture.body(name: "  "),
            CompaniesFixture.body(email: "nobody"), CompaniesFixture.body(email: "a@b"),
            CompaniesFixture.body(extra: #","pan":"AAGCB7383K""#), #"{"legal_name":"x"}"#,
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
            let first = try await shop.post("companies/create", CompaniesFixture.body(), by: 1, key: "company-1")
            let again = try await shop.post("companies/create", CompaniesFixture.body(), by: 1, key: "company-1")
            #expect(again.isReplay && again.body == first.body)
            // Who only claims a number keeps it from nobody: the verification says whose it is.
            let owners = try await shop.post("companies/create", CompaniesFixture.body(name: "Owner"), by: 2)
            let owner = try #require(try owners.json["id"]?.string)
            let theirs = #"{"id":"\#(owner)","verified":true,"expected_version":1}"#
            let verified = try await shop.post("admin/companies/verify", theirs, by: 90)
            #expect(verified.status == 200)
            let squatter = try #require(try first.json["id"]?.string)
            let squatted = #"{"id":"\#(squatter)","verified":true,"expected_version":1}"#
            let refused = try await shop.post("admin/companies/verify", squatted, by: 90)
            #expect(refused.code == "gstin-taken")
            let late = try await shop.post("companies/create", CompaniesFixture.body(name: "Late"), by: 3)
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

    @Test func everybodyWithAnAccountMakesOne() async throws {
        try await CompaniesFixture.with { shop in
            let nobody = try await shop.post("companies/create", CompaniesFixture.body(), by: nil)
            #expect(nobody.code == "token-missing")
            let admin = try await shop.post("companies/create", CompaniesFixture.body(), by: 91)
            #expect(admin.status == 201)
            let first = try await shop.post("companies/create", CompaniesFixture.body(), by: 1, key: "company-2")
            let other = try await shop.post(
                "companies/create", CompaniesFixture.body(name: "Other"), by: 1, key: "company-2")
            #expect(first.status == 201 && other.code == "idempotency-key-reused")
            #expect(try await shop.base.row("select count(*) from companies.companies") == "2")
        }
    }
}

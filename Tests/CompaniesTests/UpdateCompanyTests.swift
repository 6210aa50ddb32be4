// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct UpdateCompanyTests {
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

    @Test func nobodyElseChangesIt() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "approver", to: id)
            try await shop.invite(3, "viewer", to: id)
            let body = #"{"id":"\#(id)","legal_name":"Taken Over"}"#
            for (user, code) in [
                (nil, "token-missing"), (2, "forbidden"), (3, "forbidden"), (4, "not-found"), (90, "not-found"),
            ] as [(Int64?, String)] {
                let refused = try await shop.post("companies/update", body, by: user, method: "PUT")
                #expect(refused.code == code, "\(user ?? 0)")
            }
            let wrong = #"{"id":"\#(id)","gstin":"29AAGCB7383J1Z5"}"#
            let invalid = try await shop.post("companies/update", wrong, by: 1, method: "PUT")
            #expect(invalid.code == "validation-failed")
            let foreign = try await shop.post("companies/update", #"{"id":"usr_x"}"#, by: 1, method: "PUT")
            #expect(foreign.code == "not-found")
            #expect(try await shop.base.row("select legal_name, version from companies.companies") == "Loom Traders|2")
        }
    }

    @Test func oneKeyChangesOnce() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company()
            let body = #"{"id":"\#(id)","legal_name":"Second Name"}"#
            let first = try await shop.post("companies/update", body, by: 1, key: "update-1", method: "PUT")
            let again = try await shop.post("companies/update", body, by: 1, key: "update-1", method: "PUT")
            #expect(first.status == 200 && again.isReplay && again.body == first.body)
            let other = try await shop.post(
                "companies/update", #"{"id":"\#(id)","legal_name":"Third"}"#, by: 1, key: "update-1", method: "PUT")
            #expect(other.code == "idempotency-key-reused")
            #expect(try await shop.base.row("select legal_name, version from companies.companies") == "Second Name|2")
        }
    }
}

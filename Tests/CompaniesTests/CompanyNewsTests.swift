// SPDX-License-Identifier: Apache-2.0
import MarketCore
import TestSupport
import Testing

/// Whoever may buy for another company, or for none, is told of to those who remember it; nobody else.
@Suite(.timeLimit(.minutes(5))) struct CompanyNewsTests {
    @Test func membersAreToldOfWhereTheyAreChanged() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            #expect(shop.told.take() == [[1], [1]], "who made it; who belongs to it when it was verified")
            try await shop.invite(2, "buyer", to: id)
            try await shop.invite(3, "viewer", to: id)
            #expect(shop.told.take() == [[2], [3]])
            let role = CompaniesFixture.role(id, 3, "buyer")
            #expect(try await shop.post("companies/members/set-role", role, by: 1, key: "role-000001").status == 200)
            #expect(shop.told.take() == [[3]])
            // A replay and what changes nothing tell of nobody.
            #expect(try await shop.post("companies/members/set-role", role, by: 1, key: "role-000001").isReplay)
            #expect(try await shop.post("companies/members/set-role", role, by: 1).status == 200)
            #expect(shop.told.take().isEmpty)
            let gone = CompaniesFixture.reference(id, 3)
            #expect(try await shop.post("companies/members/remove", gone, by: 1).status == 204)
            #expect(shop.told.take() == [[3]])
            let refused = try await shop.post("companies/members/remove", CompaniesFixture.reference(id, 1), by: 1)
            #expect(refused.code == "illegal-transition")
            #expect(shop.told.take().isEmpty)
        }
    }

    @Test func allMembersAreToldOfWhereTheCompanyIs() async throws {
        try await CompaniesFixture.with { shop in
            let id = try await shop.company(isVerified: true)
            try await shop.invite(2, "buyer", to: id)
            _ = shop.told.take()
            let verify = #"{"id":"\#(id)","verified":true,"expected_version":5}"#
            #expect(try await shop.post("admin/companies/verify", verify, by: 90).status == 200)
            #expect(shop.told.take().isEmpty, "it was verified already")
            let mail = #"{"id":"\#(id)","billing_email":"new@loom.example"}"#
            #expect(try await shop.post("companies/update", mail, by: 1, method: "PUT").status == 200)
            #expect(shop.told.take().isEmpty, "nobody buys otherwise")
            let name = #"{"id":"\#(id)","legal_name":"Loom and Sons"}"#
            #expect(try await shop.post("companies/update", name, by: 1, method: "PUT").status == 200)
            #expect(shop.told.take() == [[1, 2]], "it waits for its verification")
            let reject = #"{"id":"\#(id)","verified":false,"note":"No.","expected_version":4}"#
            for decision in [reject, verify] {
                #expect(try await shop.post("admin/companies/verify", decision, by: 90).status == 200)
                #expect(shop.told.take() == [[1, 2]])
            }
        }
    }
}

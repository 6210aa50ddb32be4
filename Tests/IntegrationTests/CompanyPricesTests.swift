// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// Products at a company's prices, from a server that remembers everybody's.
@Suite(.timeLimit(.minutes(5))) struct CompanyPricesTests {
    /// Buyer 0 buys for company 1, whose price for the rug is a thousand less.
    private static let rows = """
        insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
        values (1, 'One', '29AAGCB7383J1Z4', 'AAGCB7383J', 'a@one.in', 'verified');
        insert into companies.members (company_id, user_id, role) values (1, 2000, 'buyer');
        select code from catalog.save_price_list_v1(1, 11, true, null, 'L', 'INR', null, null, '{41}',
          array['[{"min_quantity":1,"price_minor":\(Fixture.price - 1000)}]']);
        select code from catalog.assign_price_list_v1(1, 11, null, '{1}');
        """

    /// What is remembered of the buyer, for a second, is forgotten with the answer to whoever changes it.
    @Test func aVerificationCountsAtOnce() async throws {
        try await LiveShop.with { shop in
            let buyer = try await shop.buyers(1)[0]
            let admin = try await shop.client.post(
                "/api/auth/register/",
                #"{"email":"admin@example.org","password":"correct horse battery","full_name":"Admin"}"#)
            let token = try #require(try admin.json["tokens"]?["access"]?.string)
            _ = try await shop.database.sql(
                Self.rows + """
                    update companies.companies set status = 'pending';
                    update accounts.users set roles = '{customer,admin}', permissions = '{super}'
                     where email = 'admin@example.org';
                    """)
            func price() async throws -> Int64? {
                let page = try await shop.client.get("/api/products/list/", token: buyer.token)
                return try page.json["data"]?.elements?.first?["price"]?["amount"]?.int64
            }
            #expect(try await price() == Fixture.price)
            for (isVerified, version, expected) in [(true, 1, Fixture.price - 1000), (false, 2, Fixture.price)] {
                let done = try await shop.client.post(
                    "/api/admin/companies/verify/",
                    #"{"id":"\#(CompanyID(rawValue: 1))","verified":\#(isVerified),"note":"x","expected_version":\#(version)}"#,
                    token: token)
                #expect(done.status == 200, "\(done.text)")
                #expect(try await price() == expected)
            }
        }
    }

    @Test func oneCompanySeesItsPricesAndNobodyElseDoes() async throws {
        try await LiveShop.with { shop in
            let buyers = try await shop.buyers(2)
            _ = try await shop.database.sql(Self.rows)
            let company = "company_id=\(CompanyID(rawValue: 1))"
            for path in ["list/?limit=5", "search/?q=rug", "filter/?sort=price"] {
                let target = "/api/products/" + path
                let before = try await shop.client.get(target)
                #expect(before.status == 200 && before.header("Cache-Control")?.hasPrefix("public") == true)
                let own = try await shop.client.get("\(target)&\(company)", token: buyers[0].token)
                let card = try own.json["data"]?.elements?.first
                #expect(card?["price"]?["amount"]?.int64 == Fixture.price - 1000, "\(own.text)")
                #expect(card?["price_source"]?.string == "company_list")
                #expect(own.header("Cache-Control") == "private, no-store")
                #expect(own.header("ETag") != nil && own.header("ETag") != before.header("ETag"))
                let stranger = try await shop.client.get("\(target)&\(company)", token: buyers[1].token)
                #expect(stranger.status == 404 && stranger.code == "not-found")
                let anonymous = try await shop.client.get("\(target)&\(company)")
                #expect(anonymous.status == 401 && anonymous.code == "token-missing")
                let after = try await shop.client.get(target)
                #expect(after.body == before.body)
                #expect(try after.json["data"]?.elements?.first?["price"]?["amount"]?.int64 == Fixture.price)
            }
        }
    }
}

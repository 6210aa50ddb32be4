// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing
import UVRuntime

/// `GET /api/products/detail/` with `company_id`: person 1 buys for company 1.
@Suite(.timeLimit(.minutes(5))) struct CompanyProductTests {
    private static func with(_ body: @escaping @Sendable (SellerFixture) async throws -> Void) async throws {
        try await SellerFixture.with { fixture in
            let (base, store) = (fixture.base, CatalogStore(client: fixture.base.pool))
            let offers = CompanyOffers(
                everybody: OfferCache(executor: base.loop, clock: base.loop, store: store), store: store)
            let shelf = CompanyShelf(
                gate: base.gate, mayBuy: { user, company in user.rawValue == 1 && company.rawValue == 1 },
                offers: offers)
            return catalogRoutes(
                store: store, memory: CatalogMemory(executor: base.loop, clock: base.loop), clock: base.loop,
                cursors: base.cursors, companies: shelf)
        } _: { shop in
            try await shop.base.script(
                """
                insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
                values (1, 'One', '29AAGCB7383J1Z4', 'AAGCB7383J', 'a@one.in', 'verified');
                select * from catalog.save_price_list_v1(1, 1, true, null, 'L', 'INR', null, null, '{20,21}',
                  array['[{"min_quantity":1,"price_minor":9500}]', '[{"min_quantity":20,"price_minor":8500}]']);
                select * from catalog.assign_price_list_v1(1, 1, null, '{1}');
                """)
            try await body(shop)
        }
    }

    private static func path(_ company: Int64?) -> String {
        "products/detail/?id=\(CatalogRows.product(2))"
            + (company.map { "&company_id=\(CompanyID(rawValue: $0))" } ?? "")
    }

    private static func prices(_ answer: TestClient.Answer) throws -> [String] {
        try answer.json["variants"]?.elements?.map { variant in
            let tiers = variant["tiers"]?.elements?.map {
                "\($0["min_quantity"]?.int ?? 0):\($0["price"]?["amount"]?.int ?? 0)"
            }
            return "\(variant["price"]?["amount"]?.int ?? 0) \(variant["price_source"]?.string ?? "-") \(tiers ?? [])"
        } ?? []
    }

    @Test func showsWhatTheCompanyPays() async throws {
        try await Self.with { shop in
            let everybody = try await shop.get(Self.path(nil), by: nil)
            #expect(try Self.prices(everybody) == ["10200 - []", #"10250 - ["10:9000", "50:8000"]"#])
            let company = try await shop.get(Self.path(1), by: 1)
            #expect(
                try Self.prices(company) == [
                    #"9500 company_list ["1:9500"]"#, #"10250 company_list ["10:9000", "20:8500"]"#,
                ])
            #expect(company.header("Cache-Control") == "private, no-store")
            // The version with a hash: prices change without it.
            let tag = try #require(company.header("ETag"))
            #expect(tag.hasPrefix("\"v1-") && tag != everybody.header("ETag"))
            let buyer = try await shop.base.token(of: 1)
            let same = try await shop.base.send(
                "GET", "/api/" + Self.path(1), token: buyer, headers: [("If-None-Match", tag)])
            #expect(same.status == 304 && same.header("Cache-Control") == "private, no-store")
            #expect(try company.json["price"]?["amount"]?.int == 9500)
            #expect(try company.json["price_source"]?.string == "company_list")
            // Whoever belongs to it alone names none.
            let token = try await shop.base.token(of: 2, company: 1)
            let mayNot = try await shop.base.send("GET", "/api/" + Self.path(nil), token: token)
            #expect(mayNot.body == everybody.body, "who may not buy for it is shown what everybody is")
            let only = try await shop.base.token(of: 1, company: 1)
            shop.base.forgetPeople()
            let unnamed = try await shop.base.send("GET", "/api/" + Self.path(nil), token: only)
            #expect(unnamed.body == company.body && unnamed.header("Cache-Control") == "private, no-store")
            // Nobody else is shown it.
            let after = try await shop.get(Self.path(nil), by: nil)
            #expect(after.body == everybody.body)
        }
    }

    @Test func isForWhoBuysForTheCompanyAlone() async throws {
        try await Self.with { shop in
            let nobody = try await shop.get(Self.path(1), by: nil)
            #expect(nobody.code == "token-missing")
            let stranger = try await shop.get(Self.path(1), by: 101)
            #expect(stranger.code == "not-found")
            let other = try await shop.get(Self.path(2), by: 1)
            #expect(other.code == "not-found")
            let malformed = try await shop.get("products/detail/?id=\(CatalogRows.product(2))&company_id=x", by: 1)
            #expect(malformed.code == "not-found")
        }
    }
}

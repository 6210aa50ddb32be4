// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

/// Price lists of the sellers of `SellerFixture`, and companies: 1 is verified, 2 waits.
enum PriceListFixture {
    static func with(_ body: @escaping @Sendable (SellerFixture) async throws -> Void) async throws {
        try await SellerFixture.with { fixture in
            priceListRoutes(
                PriceListDependencies(
                    pool: fixture.base.pool, gate: fixture.base.gate, transactions: fixture.base.transactions,
                    desk: fixture.desk, cursors: fixture.base.cursors, ids: fixture.base.ids, changed: fixture.note))
        } _: { shop in
            try await shop.base.pool.execute(
                """
                insert into companies.companies (id, legal_name, gstin, pan, billing_email, status) values
                  (1, 'One', '29AAGCB7383J1Z4', 'AAGCB7383J', 'a@one.in', 'verified'),
                  (2, 'Two', '27AAPFU0939F1ZV', 'AAPFU0939F', 'a@two.in', 'pending')
                """)
            try await body(shop)
        }
    }

    /// A tier of a price.
    static func tier(_ quantity: Int, _ price: Int, _ currency: String = "INR") -> String {
        #"{"min_quantity":\#(quantity),"price":{"amount":\#(price),"currency":"\#(currency)"}}"#
    }

    static func entries(_ variants: [Int64], _ tiers: [String]) -> String {
        let entries = variants.map {
            #"{"variant_id":"\#(CatalogRows.variant($0))","tiers":[\#(tiers.joined(separator: ","))]}"#
        }
        return #""entries":[\#(entries.joined(separator: ","))]"#
    }

    static func new(_ entries: String, extra: String = "") -> String {
        #"{"name":"Wholesale","currency":"INR",\#(entries)\#(extra)}"#
    }

    static func company(_ number: Int64) -> String { "\(CompanyID(rawValue: number))" }

    /// A list of variant 20 at 9,500 and, from ten on, 9,000; its id.
    static func list(_ shop: SellerFixture, extra: String = "") async throws -> String {
        let made = try await shop.post(
            "sellers/price-lists/create", new(entries([20], [tier(1, 9500), tier(10, 9000)]), extra: extra))
        #expect(made.status == 201)
        return try #require(try made.json["id"]?.string)
    }

    static func assign(
        _ shop: SellerFixture, _ id: String, _ companies: [Int64], by user: Int64 = 101
    ) async throws -> TestClient.Answer {
        let ids = companies.map { "\"\(company($0))\"" }.joined(separator: ",")
        return try await shop.post("sellers/price-lists/assign", #"{"id":"\#(id)","company_ids":[\#(ids)]}"#, by: user)
    }

    /// What one of variant 20 costs a company, by quantity, and where the price comes from.
    static func price(_ shop: SellerFixture, _ quantity: Int, company: Int64?) async throws -> String {
        let offers = CompanyOffers(
            everybody: OfferCache(
                executor: shop.base.loop, clock: shop.base.loop, store: CatalogStore(client: shop.base.pool)),
            store: CatalogStore(client: shop.base.pool))
        let variant = VariantID(rawValue: 20)
        let found = try await offers.offers([variant], for: company.map { CompanyID(rawValue: $0) })
        let offer = try #require(found[variant])
        return "\(offer.unitPrice(quantity: quantity)) \(offer.priceSource(quantity: quantity).rawValue)"
    }

    /// Who may not write; `body` is of a list of seller 1's.
    static func refusesOthers(_ shop: SellerFixture, _ path: String, _ method: String, _ body: String) async throws {
        for (user, status, code) in [
            (nil, 401, "token-missing"), (1, 403, "forbidden"), (90, 403, "forbidden"), (110, 403, "forbidden"),
            (103, 403, "seller-not-active"), (102, 404, "not-found"),
        ] as [(Int64?, Int, String)] {
            let answer = try await shop.post("sellers/price-lists/\(path)", body, by: user, method: method)
            #expect(answer.status == status && answer.code == code, "\(user ?? 0): \(answer.text)")
        }
    }
}

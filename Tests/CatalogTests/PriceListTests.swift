// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct PriceListTests {
    private static func with(_ body: @escaping @Sendable (SellerFixture) async throws -> Void) async throws {
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
    private static func tier(_ quantity: Int, _ price: Int, _ currency: String = "INR") -> String {
        #"{"min_quantity":\#(quantity),"price":{"amount":\#(price),"currency":"\#(currency)"}}"#
    }

    private static func entries(_ variants: [Int64], _ tiers: [String]) -> String {
        let entries = variants.map {
            #"{"variant_id":"\#(CatalogRows.variant($0))","tiers":[\#(tiers.joined(separator: ","))]}"#
        }
        return #""entries":[\#(entries.joined(separator: ","))]"#
    }

    private static func new(_ entries: String, extra: String = "") -> String {
        #"{"name":"Wholesale","currency":"INR",\#(entries)\#(extra)}"#
    }

    private static func company(_ number: Int64) -> String { "\(CompanyID(rawValue: number))" }

    /// A list of variant 20 at 9,500 and, from ten on, 9,000; its id.
    private static func list(_ shop: SellerFixture, extra: String = "") async throws -> String {
        let made = try await shop.post(
            "sellers/price-lists/create", new(entries([20], [tier(1, 9500), tier(10, 9000)]), extra: extra))
        #expect(made.status == 201)
        return try #require(try made.json["id"]?.string)
    }

    private static func assign(
        _ shop: SellerFixture, _ id: String, _ companies: [Int64], by user: Int64 = 101
    ) async throws -> TestClient.Answer {
        let ids = companies.map { "\"\(company($0))\"" }.joined(separator: ",")
        return try await shop.post("sellers/price-lists/assign", #"{"id":"\#(id)","company_ids":[\#(ids)]}"#, by: user)
    }

    /// What one of variant 20 costs a company, by quantity, and where the price comes from.
    private static func price(_ shop: SellerFixture, _ quantity: Int, company: Int64?) async throws -> String {
        let offers = CompanyOffers(
            everybody: OfferCache(
                executor: shop.base.loop, clock: shop.base.loop, store: CatalogStore(client: shop.base.pool)),
            store: CatalogStore(client: shop.base.pool))
        let variant = VariantID(rawValue: 20)
        let found = try await offers.offers([variant], for: company.map { CompanyID(rawValue: $0) })
        let offer = try #require(found[variant])
        return "\(offer.unitPrice(quantity: quantity)) \(offer.priceSource(quantity: quantity).rawValue)"
    }

    @Test func isWhatItsCompaniesPay() async throws {
        try await Self.with { shop in
            #expect(try await Self.price(shop, 1, company: 1) == "10200 base")
            let id = try await Self.list(shop)
            #expect(try await Self.price(shop, 1, company: 1) == "10200 base")
            #expect(shop.told.isEmpty)
            let assigned = try await Self.assign(shop, id, [1])
            #expect(try assigned.json["company_ids"]?.elements?.map { $0.string } == [Self.company(1)])
            #expect(try await Self.price(shop, 1, company: 1) == "9500 company_list")
            #expect(try await Self.price(shop, 10, company: 1) == "9000 company_list")
            #expect(try await Self.price(shop, 10, company: 2) == "10200 base")
            #expect(try await Self.price(shop, 10, company: nil) == "10200 base")
            #expect(shop.told == [VariantID(rawValue: 20)])
            #expect(try await shop.base.row("select offer_version from inventory.stock where variant_id = 20") == "2")

            // The newest list counts, while it is there.
            let body = Self.new(Self.entries([20, 21], [Self.tier(5, 8000)]))
            let second = try await shop.post("sellers/price-lists/create", body)
            let secondID = try #require(try second.json["id"]?.string)
            _ = try await Self.assign(shop, secondID, [1, 2])
            #expect(try await Self.price(shop, 5, company: 1) == "8000 company_list")
            #expect(try await Self.price(shop, 4, company: 1) == "10200 base")
            _ = try await Self.assign(shop, secondID, [])
            #expect(try await Self.price(shop, 5, company: 1) == "9500 company_list")
        }
    }

    @Test func changesPartByPart() async throws {
        try await Self.with { shop in
            let id = try await Self.list(shop)
            _ = try await Self.assign(shop, id, [1])
            let renamed = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","name":"Retail","expected_version":2}"#, method: "PUT")
            #expect(try renamed.json["name"]?.string == "Retail")
            #expect(try renamed.json["entries"]?.elements?.count == 1)
            #expect(renamed.header("ETag") == "\"v3\"")
            let cheaper = #"{"id":"\#(id)",\#(Self.entries([20], [Self.tier(1, 9400)]))}"#
            let changed = try await shop.post("sellers/price-lists/update", cheaper, key: "list-1", method: "PUT")
            #expect(changed.status == 200)
            #expect(try await Self.price(shop, 10, company: 1) == "9400 company_list")
            let replayed = try await shop.post("sellers/price-lists/update", cheaper, key: "list-1", method: "PUT")
            #expect(replayed.isReplay && replayed.body == changed.body)
            let late = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","name":"x","expected_version":2}"#, method: "PUT")
            #expect(late.code == "version-conflict")
            let tag = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","name":"x"}"#, method: "PUT",
                headers: [("If-Match", "\"v1\"")])
            #expect(tag.code == "version-conflict")
            let stale = try await shop.post(
                "sellers/price-lists/assign", #"{"id":"\#(id)","company_ids":[],"expected_version":1}"#)
            #expect(stale.code == "version-conflict")
            let read = try await shop.get("sellers/price-lists/detail/?id=\(id)")
            #expect(read.body == changed.body)
        }
    }

    @Test func beginsAndEnds() async throws {
        try await Self.with { shop in
            let id = try await Self.list(shop, extra: #","starts":"2099-01-01T00:00:00Z""#)
            _ = try await Self.assign(shop, id, [1])
            #expect(try await Self.price(shop, 1, company: 1) == "10200 base")
            let clock = PriceListClock(
                executor: shop.base.loop, postgres: shop.base.pool, logger: shop.base.logger, changed: shop.note)
            await clock.tick()
            #expect(shop.told.isEmpty)
            try await shop.base.pool.execute(
                "update catalog.price_lists set starts_at = now() - interval '1 s', next_change_at = now()")
            await clock.tick()
            #expect(try await Self.price(shop, 1, company: 1) == "9500 company_list")
            #expect(shop.told == [VariantID(rawValue: 20)])
            let ended = try await shop.post(
                "sellers/price-lists/update", #"{"id":"\#(id)","starts":null,"ends":"2020-01-01T00:00:00Z"}"#,
                method: "PUT")
            #expect(try ended.json["in_force"]?.bool == false)
            #expect(try ended.json["starts"] == nil)
            #expect(try await Self.price(shop, 1, company: 1) == "10200 base")
        }
    }

    @Test(
        "what is no list",
        arguments: [
            new(entries([20], [tier(10, 9000), tier(1, 9500)])), new(entries([20], [tier(1, 9000), tier(10, 9000)])),
            new(entries([20, 20], [tier(1, 9000)])), new(entries([20], [tier(1, 9000, "EUR")])),
            new(entries([20], [])), new(#""entries":[]"#), new(entries([20], [tier(0, 9000)])),
            new(
                entries([20], [tier(1, 9000)]),
                extra: #","starts":"2027-01-02T00:00:00Z","ends":"2027-01-01T00:00:00Z""#),
            new(entries([20], [tier(1, 9000)]), extra: #","starts":"tomorrow, surely""#),
        ])
    func invalid(body: String) async throws {
        try await Self.with { shop in
            let refused = try await shop.post("sellers/price-lists/create", body)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.base.row("select count(*) from catalog.price_lists") == "0")
        }
    }

    @Test func whatIsNotTheSellersDoesNotExist() async throws {
        try await Self.with { shop in
            // Variant 10 is seller 2's.
            let foreign = try await shop.post(
                "sellers/price-lists/create", Self.new(Self.entries([20, 10], [Self.tier(1, 9000)])))
            #expect(foreign.code == "not-found")
            #expect(try foreign.json["errors"]?.elements?.first?["pointer"]?.string == "/entries/1/variant_id")
            let id = try await Self.list(shop)
            for (path, body, method) in [
                ("update", #"{"id":"\#(id)","name":"x"}"#, "PUT"),
                ("assign", #"{"id":"\#(id)","company_ids":[]}"#, "POST"),
            ] {
                let refused = try await shop.post("sellers/price-lists/\(path)", body, by: 102, method: method)
                #expect(refused.code == "not-found")
            }
            let read = try await shop.get("sellers/price-lists/detail/?id=\(id)", by: 102)
            #expect(read.code == "not-found")
            let unknown = try await Self.assign(shop, id, [1, 9])
            #expect(unknown.code == "not-found")
            #expect(try unknown.json["errors"]?.elements?.first?["pointer"]?.string == "/company_ids/1")
            let missing = try await shop.get("sellers/price-lists/detail/")
            #expect(missing.code == "validation-failed")
        }
    }

    @Test(
        "who may",
        arguments: [
            (nil, 401, "token-missing"), (1, 403, "forbidden"), (90, 403, "forbidden"), (110, 403, "forbidden"),
        ])
    func permissions(user: Int64?, status: Int, code: String) async throws {
        try await Self.with { shop in
            for path in ["sellers/price-lists/", "sellers/price-lists/detail/?id=plt_0000000000001"] {
                let answer = try await shop.get(path, by: user)
                #expect(answer.status == status && answer.code == code)
            }
            for (path, method) in [("create", "POST"), ("update", "PUT"), ("assign", "POST")] {
                let answer = try await shop.post("sellers/price-lists/\(path)", "{}", by: user, method: method)
                #expect(answer.status == status && answer.code == code)
            }
        }
    }

    @Test func aSuspendedSellerReadsAndDoesNotWrite() async throws {
        try await Self.with { shop in
            let list = try await shop.get("sellers/price-lists/", by: 103)
            #expect(list.status == 200)
            let refused = try await shop.post("sellers/price-lists/create", "{}", by: 103)
            #expect(refused.code == "seller-not-active")
        }
    }

    @Test func listsPageByPage() async throws {
        try await Self.with { shop in
            var ids: [String] = []
            for _ in 0..<3 { ids.insert(try await Self.list(shop), at: 0) }
            let first = try await shop.get("sellers/price-lists/?limit=2")
            #expect(try first.json["data"]?.elements?.compactMap { $0["id"]?.string } == Array(ids.prefix(2)))
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("sellers/price-lists/?limit=2&cursor=\(cursor)")
            #expect(try second.json["data"]?.elements?.compactMap { $0["id"]?.string } == [ids[2]])
            let others = try await shop.get("sellers/price-lists/?limit=2&cursor=\(cursor)", by: 102)
            #expect(others.code == "invalid-cursor")
        }
    }
}

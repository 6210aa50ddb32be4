// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing
import UVRuntime

@testable import Catalog

/// `GET /api/products/list/`, `search/` and `filter/` with `company_id`: person 1 buys for company 1, 90 looks on, 101 belongs to
/// company 2 alone; company 3 is not verified.
@Suite(.timeLimit(.minutes(5))) struct CompanyPagesTests {
    private struct Pages: Sendable {
        let shop: SellerFixture
        let statements: CountingClient
        let memory: CatalogMemory

        func get(_ target: String, company: Int64? = 1, by user: Int64? = 1) async throws -> TestClient.Answer {
            try await shop.get(
                "products/" + target + (company.map { "&company_id=\(CompanyID(rawValue: $0))" } ?? ""), by: user)
        }
    }

    /// Each route with all products of `CatalogRows`.
    private static let targets = ["list/?limit=100", "search/?q=product&limit=100", "filter/?limit=100"]

    /// Company 1 has prices for product 2 in list 1, for 4 from the least quantity on and for 10 in two lists, of which the newer
    /// counts. For 8 it has lists that are over, that have not begun and that are another company's.
    private static let rows = """
        insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
        select g, 'C', '29AAGCB7383J1Z' || g, 'AAGCB7383J', 'a@one.in', case g when 3 then 'pending' else 'verified' end
          from generate_series(1, 3) g;
        insert into companies.members (company_id, user_id, role) values
          (1, 1, 'buyer'), (1, 90, 'viewer'), (2, 101, 'admin'), (3, 1, 'admin');
        select * from catalog.save_price_list_v1(1, 1, true, null, 'L', 'INR', null, null, '{20,21,40,41,100}', array[
          '[{"min_quantity":1,"price_minor":9500}]', '[{"min_quantity":20,"price_minor":8500}]',
          '[{"min_quantity":5,"price_minor":9000}]',
          '[{"min_quantity":2,"price_minor":7000},{"min_quantity":3,"price_minor":6900}]',
          '[{"min_quantity":1,"price_minor":8100}]']);
        select * from catalog.save_price_list_v1(2, 1, true, null, 'M', 'INR', null, null, '{100}',
          array['[{"min_quantity":1,"price_minor":9100}]']);
        select * from catalog.save_price_list_v1(3, 1, true, null, 'Over', 'INR', null, now() - interval '1 hour', '{80}',
          array['[{"min_quantity":1,"price_minor":31}]']);
        select * from catalog.save_price_list_v1(4, 1, true, null, 'Not yet', 'INR', now() + interval '1 hour', null, '{80}',
          array['[{"min_quantity":1,"price_minor":41}]']);
        select * from catalog.save_price_list_v1(5, 1, true, null, 'Others', 'INR', null, null, '{80}',
          array['[{"min_quantity":1,"price_minor":51}]']);
        select catalog.assign_price_list_v1(l, 1, null, case l when 5 then '{2}' else '{1}' end::bigint[])
          from generate_series(1, 5) l;
        update catalog.variants set tiers = '[{"min_quantity":2,"price_minor":9900}]' where id = 61
        """

    private static func with(_ body: @escaping @Sendable (Pages) async throws -> Void) async throws {
        let made = Mutex<(CountingClient, CatalogMemory)?>(nil)
        try await SellerFixture.with { fixture in
            let base = fixture.base
            let statements = CountingClient(base.pool)
            let (store, memory) = (
                CatalogStore(client: statements), CatalogMemory(executor: base.loop, clock: base.loop)
            )
            made.withLock { $0 = (statements, memory) }
            let shelf = CompanyShelf(
                gate: base.gate, mayBuy: { user, company in user.rawValue == 1 && company.rawValue == 1 },
                offers: CompanyOffers(
                    everybody: OfferCache(executor: base.loop, clock: base.loop, store: store), store: store))
            return catalogRoutes(
                store: store, memory: memory, clock: base.loop, cursors: base.cursors, companies: shelf)
        } _: { shop in
            try await shop.base.script(rows)
            let (statements, memory) = try #require(made.withLock { $0 })
            await memory.trust()
            try await body(Pages(shop: shop, statements: statements, memory: memory))
        }
    }

    /// What each card, or a detail, says of its price.
    private static func price(_ card: JSONValue) -> String {
        let (price, source) = (card["price"]?["amount"]?.int ?? 0, card["price_source"]?.string ?? "-")
        let before = card["compare_at_price"]?["amount"]?.int.map { "\($0)" } ?? "-"
        return "\(price) \(source) \(before) \(card["price_is_from"]?.bool == true ? "from" : "all")"
    }

    private static func prices(_ answer: TestClient.Answer) throws -> [String: String] {
        var prices: [String: String] = [:]
        for card in try answer.json["data"]?.elements ?? [] { prices[card["id"]?.string ?? "?"] = price(card) }
        return prices
    }

    @Test(arguments: targets) func cardsSayWhatTheCompanyPays(_ target: String) async throws {
        try await Self.with { pages in
            let answer = try await pages.get(target)
            let prices = try Self.prices(answer)
            #expect(prices.count == CatalogRows.count)
            for (product, price) in [
                (2, "9500 company_list 20000 from"), (4, "7000 company_list - from"), (6, "9900 tier - from"),
                (8, "10200 base 20000 from"), (10, "9100 company_list 20000 from"), (3, "10300 base - from"),
            ] as [(Int64, String)] {
                #expect(prices[CatalogRows.product(product)] == price, "\(product)")
            }
            // Its detail says the same of each.
            for product in 1...Int64(12) {
                let detail = try await pages.get("detail/?id=\(CatalogRows.product(product))")
                #expect(try Self.price(detail.json) == prices[CatalogRows.product(product)], "\(product)")
            }
        }
    }

    @Test(arguments: targets) func suchAPageIsForItsReaderAlone(_ target: String) async throws {
        try await Self.with { pages in
            let everybody = try await pages.get(target, company: nil, by: nil)
            #expect(try Self.prices(everybody)[CatalogRows.product(2)] == "10200 - 20000 from")
            _ = pages.statements.take()
            let remembered = await pages.memory.count
            let company = try await pages.get(target)
            // The page and the prices; facets are in memory.
            #expect(pages.statements.take().count == 2)
            #expect(company.header("Cache-Control") == "private, no-store")
            #expect(company.body != everybody.body)
            #expect(await pages.memory.count == remembered)
            let (tag, own) = (try #require(everybody.header("ETag")), try #require(company.header("ETag")))
            #expect(own != tag)
            let id = CompanyID(rawValue: 1)
            let token = try await pages.shop.base.token(of: 1)
            let conditional = try await pages.shop.base.send(
                "GET", "/api/products/\(target)&company_id=\(id)", token: token, headers: [("If-None-Match", tag)])
            #expect(conditional.status == 200 && conditional.body == company.body)
            let same = try await pages.shop.base.send(
                "GET", "/api/products/\(target)&company_id=\(id)", token: token, headers: [("If-None-Match", own)])
            #expect(same.status == 304 && same.body.isEmpty && same.header("Cache-Control") == "private, no-store")
            _ = pages.statements.take()
            // Without the company a token changes nothing, and everybody's page comes from memory as before.
            for user in [nil, 1] as [Int64?] {
                let after = try await pages.get(target, company: nil, by: user)
                #expect(after.body == everybody.body)
                #expect(after.header("Cache-Control") == "public, max-age=30, stale-while-revalidate=60")
            }
            #expect(pages.statements.take().isEmpty)
        }
    }

    /// Whoever belongs to one company names none, and is shown the same as with its name.
    @Test(arguments: targets) func aCallersOnlyCompanyNeedsNoName(_ target: String) async throws {
        try await Self.with { pages in
            let everybody = try await pages.get(target, company: nil, by: nil)
            let remembered = await pages.memory.count
            let token = try await pages.shop.base.token(of: 1, company: 1)
            let tag = try #require(everybody.header("ETag"))
            let own = try await pages.shop.base.send(
                "GET", "/api/products/\(target)", token: token, headers: [("If-None-Match", tag)])
            #expect(own.status == 200 && own.header("ETag") != nil)
            #expect(own.header("Cache-Control") == "private, no-store")
            #expect(try Self.prices(own)[CatalogRows.product(2)] == "9500 company_list 20000 from")
            #expect(await pages.memory.count == remembered)
            let after = try await pages.get(target, company: nil, by: nil)
            #expect(after.body == everybody.body)
            // Who has left it a moment ago is shown what everybody is.
            try await pages.shop.base.script("delete from companies.members where user_id = 1")
            let left = try await pages.shop.base.send("GET", "/api/products/\(target)", token: token)
            #expect(left.status == 200 && left.body == everybody.body)
            #expect(left.header("Cache-Control") == "private, no-store")
        }
    }

    @Test(arguments: targets) func onlyWhoBuysForTheCompanyIsShownIt(_ target: String) async throws {
        try await Self.with { pages in
            let anonymous = try await pages.get(target, by: nil)
            #expect(anonymous.status == 401 && anonymous.code == "token-missing")
            for (company, user) in [(2, 1), (3, 1), (1, 90), (1, 101), (9, 1)] as [(Int64, Int64)] {
                let answer = try await pages.get(target, company: company, by: user)
                #expect(answer.status == 404 && answer.code == "not-found", "\(company) \(user)")
            }
            let malformed = try await pages.get(target + "&company_id=x", company: nil)
            #expect(malformed.status == 404 && malformed.code == "not-found")
            let twice = try await pages.get(target + "&company_id=x")
            #expect(twice.status == 400 && twice.code == "malformed-request")
            // Nothing is found there, and it is refused all the same.
            let empty = try await pages.get(target + "&category_id=\(CatalogRows.category(5))", company: 2)
            #expect(empty.status == 404)
            let own = try await pages.get(target + "&category_id=\(CatalogRows.category(5))")
            #expect(try own.status == 200 && own.ids.isEmpty)
            let other = try await pages.get(target, company: 2, by: 101)
            #expect(try Self.prices(other)[CatalogRows.product(8)] == "51 company_list 20000 from")
            #expect(try Self.prices(other)[CatalogRows.product(2)] == "10200 base 20000 from")
        }
    }

    @Test(arguments: targets) func aListBeginsAndEndsAndAMemberLeaves(_ target: String) async throws {
        try await Self.with { pages in
            func shown() async throws -> String? {
                try Self.prices(try await pages.get(target))[CatalogRows.product(8)]
            }
            #expect(try await shown() == "10200 base 20000 from")
            let change = "update catalog.price_lists set next_change_at = now(), starts_at = now() - interval '2 h'"
            try await pages.shop.base.script(
                """
                \(change), ends_at = null where id = 4;
                select * from catalog.apply_price_lists_v1(10)
                """)
            #expect(try await shown() == "41 company_list 20000 from")
            try await pages.shop.base.script(
                """
                \(change), ends_at = now() where id = 4;
                select * from catalog.apply_price_lists_v1(10)
                """)
            #expect(try await shown() == "10200 base 20000 from")
            try await pages.shop.base.script("delete from companies.members where user_id = 1")
            let gone = try await pages.get(target)
            #expect(gone.code == "not-found")
        }
    }

    @Test(arguments: ["price", "-price", "newest"]) func pagesGoOnByEverybodysPrice(_ sort: String) async throws {
        try await Self.with { pages in
            for path in ["list/", "filter/"] {
                let whole = try await pages.get("\(path)?sort=\(sort)&limit=100", company: nil, by: nil)
                var (ids, cursor): ([String], String?) = ([], nil)
                repeat {
                    let page = try await pages.get(
                        "\(path)?sort=\(sort)&limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""))
                    #expect(page.status == 200)
                    ids += try page.ids
                    cursor = try page.json["page"]?["next_cursor"]?.string
                } while cursor != nil
                #expect(try ids == whole.ids, "\(path)")
            }
        }
    }

    @Test func whatIsFilteredGoesByEverybodysPrice() async throws {
        try await Self.with { pages in
            let none = try await pages.get("filter/?price_max=9600&category_id=\(CatalogRows.category(1))")
            #expect(try none.status == 200 && none.ids.isEmpty)
            let counted = try await pages.get("list/?limit=1&include=count")
            #expect(try counted.json["page"]?["count"]?.int == CatalogRows.count)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Carts

/// Carts that are for a company, at its prices.
@Suite(.timeLimit(.minutes(5))) struct CompanyCartTests {
    private static let company = CompanyID(rawValue: 1)

    /// The fixture's user as a member of company 1; company 2 is verified, too, and has no members.
    private static func with(
        role: String = "buyer", status: String = "verified", only: CompanyID? = nil,
        _ body: @escaping @Sendable (CartsFixture) async throws -> Void
    ) async throws {
        try await CartsFixture.with(company: only) { shop in
            for number in Int64(1)...2 {
                try await shop.pool.execute(
                    """
                    insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
                    values ($1, 'Loom Traders', $2, 'ABCDE1234F', 'bills@loom.example', $3)
                    """, number, "29ABCDE1234F\(number)Z5", status)
            }
            try await shop.pool.execute(
                "insert into companies.members (company_id, user_id, role) values (1, $1, $2)", shop.user.rawValue, role
            )
            try await body(shop)
        }
    }

    /// Of each line: its price and where it comes from.
    private static func prices(_ cart: TestClient.Answer) throws -> [String] {
        try cart.json["groups"]?.elements?.flatMap { $0["lines"]?.elements ?? [] }.map {
            "\($0["unit_price"]?["amount"]?.int ?? 0) \($0["price_source"]?.string ?? "")"
        } ?? []
    }

    private static func problems(_ cart: TestClient.Answer) throws -> [String] {
        try cart.json["problems"]?.elements?.compactMap { $0["code"]?.string } ?? []
    }

    /// A thing for 1000, for 950 from ten on; the company pays 900 from five on.
    private static func rug(_ shop: CartsFixture) throws -> VariantID {
        try shop.offer(1, price: 1000, tiers: [.init(minQuantity: 10, price: 950)])
        return try shop.offer(
            1, price: 1000, tiers: [.init(minQuantity: 10, price: 950)], agreed: [.init(minQuantity: 5, price: 900)],
            with: company)
    }

    private static func body(_ company: CompanyID?) -> String {
        #"{"company_id":\#(company.map { "\"\($0)\"" } ?? "null")}"#
    }

    @Test func takesTheCompanysPricesAndGivesThemBack() async throws {
        try await Self.with { shop in
            let rug = try Self.rug(shop)
            let alone = try await shop.add(rug, 10)
            #expect(try Self.prices(alone) == ["950 tier"])
            let company = try await shop.post("update", Self.body(Self.company))
            #expect(company.status == 200)
            #expect(try company.json["company_id"]?.string == "\(Self.company)")
            #expect(try Self.prices(company) == ["900 company_list"])
            #expect(try shop.version(company) == 3)
            // Who asks for the company's prices is not told that they are others.
            #expect(try Self.problems(company).isEmpty)
            let fewer = try await shop.post(
                "update", #"{"lines":[{"line_id":"\#(try shop.lineIDs(company)[0])","quantity":4}]}"#)
            #expect(try Self.prices(fewer) == ["1000 base"])
            let again = try await shop.post("update", Self.body(nil))
            #expect(try again.json["company_id"] == nil)
            #expect(try Self.prices(again) == ["1000 base"])
            let row = try await shop.pool.query("select company_id is null, version from carts.carts").only()
            #expect(try row.bool(0))
            #expect(try row.int(1) == 5)
        }
    }

    @Test func addsAtTheCompanysPrices() async throws {
        try await Self.with { shop in
            let rug = try Self.rug(shop)
            let added = try await shop.add(rug, 5, extra: #","company_id":"\#(Self.company)""#)
            #expect(try Self.prices(added) == ["900 company_list"])
            // It stays the company's cart, also for whoever reads the row.
            let more = try await shop.add(rug, 1)
            #expect(try Self.prices(more) == ["900 company_list"])
            #expect(try await shop.get().json["company_id"]?.string == "\(Self.company)")
        }
    }

    /// The catalogue shows somebody's only company's prices without being asked for them; the cart is at the same.
    @Test func theFirstLineIsForTheCallersOnlyCompany() async throws {
        try await Self.with(only: Self.company) { shop in
            let rug = try Self.rug(shop)
            // Looking, and what puts nothing in, makes it nobody's.
            #expect(try await shop.get().json["company_id"] == nil)
            let cleared = try await shop.post("clear", "{}")
            #expect(try cleared.json["company_id"] == nil && shop.version(cleared) == 1)
            let added = try await shop.add(rug, 5)
            #expect(try Self.prices(added) == ["900 company_list"], "\(added.text)")
            #expect(try added.json["company_id"]?.string == "\(Self.company)")
            #expect(try shop.version(added) == 2 && Self.problems(added).isEmpty)
            let row = try await shop.pool.query("select company_id from carts.carts").only()
            #expect(try row.int64(0) == 1)
            // Null is for the caller alone as long as there are lines; what is emptied begins anew.
            let alone = try await shop.post("update", Self.body(nil))
            #expect(try Self.prices(alone) == ["1000 base"])
            let more = try await shop.add(rug, 5)
            #expect(try Self.prices(more) == ["950 tier"] && more.json["company_id"] == nil)
            _ = try await shop.post("clear", "{}")
            let again = try await shop.add(rug, 5)
            #expect(try Self.prices(again) == ["900 company_list"])
            _ = try await shop.post("clear", "{}")
            _ = try await shop.post("update", Self.body(nil))
            let own = try await shop.add(rug, 5, extra: #","company_id":null"#)
            #expect(try Self.prices(own) == ["1000 base"] && own.json["company_id"] == nil)
        }
    }

    @Test func aReorderIntoAnEmptyCartIsToo() async throws {
        try await Self.with(only: Self.company) { shop in
            let rug = try Self.rug(shop)
            shop.ordered.all.withLock {
                $0[OrderID(rawValue: 5)] = [ReorderedLine(variant: rug, quantity: 5, unitPrice: 1000)]
            }
            let answer = try await shop.reorder("\(OrderID(rawValue: 5))")
            #expect(try Self.prices(answer) == ["900 company_list"], "\(answer.text)")
            // What was paid is still what was seen.
            #expect(try Self.problems(answer) == ["price-changed"])
        }
    }

    /// What is remembered of the caller is some seconds old: the company is asked.
    @Test(arguments: ["viewer", "approver"]) func whoMayNotBuyForItFillsTheirOwn(role: String) async throws {
        try await Self.with(role: role, only: Self.company) { shop in
            let added = try await shop.add(try Self.rug(shop), 5)
            #expect(try Self.prices(added) == ["1000 base"] && added.json["company_id"] == nil)
        }
    }

    /// A log-in leaves the account's cart to whom it was for.
    @Test func aMergeKeepsWhatTheCartHad() async throws {
        try await Self.with(only: Self.company) { shop in
            let rug = try Self.rug(shop)
            let (token, client) = shop.clients.issue()
            _ = try await shop.post("add", #"{"variant_id":"\#(rug)","quantity":5}"#, guest: token)
            try await shop.merge(client)
            let merged = try await shop.get()
            #expect(try merged.json["company_id"] == nil && Self.prices(merged) == ["1000 base"])
        }
    }

    @Test("who may not buy for a company", arguments: ["viewer", "approver"])
    func roles(role: String) async throws {
        try await Self.with(role: role) { shop in
            let refused = try await shop.post("update", Self.body(Self.company))
            #expect(refused.status == 404)
        }
    }

    @Test func strangersAndUnknownCompaniesAreTheSame() async throws {
        try await Self.with { shop in
            for text in ["\(CompanyID(rawValue: 2))", "\(CompanyID(rawValue: 99))", "cmp_x"] {
                let refused = try await shop.post("update", #"{"company_id":"\#(text)"}"#)
                #expect(refused.code == "not-found")
            }
            let nothing = try await shop.post("update", "{}")
            #expect(nothing.code == "validation-failed")
            let guests = try await shop.post("update", Self.body(Self.company), guest: shop.clients.issue().token)
            #expect(guests.code == "not-found")
        }
    }

    /// The port says yes, the row says no: the row is the judge.
    @Test func anUnverifiedCompanyIsRefusedByTheRow() async throws {
        try await Self.with(status: "pending") { shop in
            let refused = try await shop.post("update", Self.body(Self.company))
            #expect(refused.status == 503)
            let companies = try await shop.pool.query("select count(company_id) from carts.carts").only()
            #expect(try companies.int(0) == 0)
        }
    }

    @Test func whoLeavesBuysForNobodyElse() async throws {
        try await Self.with { shop in
            let rug = try Self.rug(shop)
            let before = try await shop.add(rug, 5, extra: #","company_id":"\#(Self.company)""#)
            try await shop.pool.withTransaction { transaction in
                try await transaction.execute("delete from companies.members")
                _ = try await transaction.query("select checkout.leave_company_v1(1, null)")
            }
            let now = try await shop.get()
            #expect(try now.json["company_id"] == nil)
            #expect(try Self.prices(now) == ["1000 base"])
            #expect(try Self.problems(now) == ["price-changed"])
            #expect(try shop.version(now) == (try shop.version(before) ?? 0) + 1)
            #expect(try await shop.post("update", Self.body(Self.company)).status == 404)
        }
    }
}

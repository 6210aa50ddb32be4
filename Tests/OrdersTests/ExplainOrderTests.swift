// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Orders

/// `GET /api/orders/explain/`.
@Suite(.timeLimit(.minutes(5))) struct ExplainOrderTests {
    private typealias Fixture = OrdersFixture

    private static func explain(
        _ shop: OrdersFixture, _ id: String, by person: OrdersFixture.Buyer
    ) async throws -> TestClient.Answer {
        try await shop.call("GET", "orders/explain/?id=\(id)", by: person)
    }

    private static func lines(_ answer: TestClient.Answer) throws -> [JSONValue] {
        #expect(answer.status == 200, "\(answer.text)")
        return try answer.json["lines"]?.elements ?? []
    }

    @Test func aPlainPriceIsTheVariantsOwn() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 2)
            let answer = try await Self.explain(shop, id, by: shop.asha)
            let line = try #require(try Self.lines(answer).first)
            #expect(line["price"]?["source"]?.string == "base" && line["price"]?["tier"] == nil)
            #expect(line["price"]?["base_price"]?["amount"]?.int == 11_800)
            #expect(line["price"]?["tiers"]?.elements?.isEmpty == true && line["price"]?["price_list_id"] == nil)
            #expect(line["discounts"]?.elements?.isEmpty == true)
            let tax = line["tax"]
            #expect(tax?["rule"]?["hsn_code"]?.string == "5702" && tax?["rule"]?["rate_bps"]?.int == 1800)
            #expect(tax?["rule"]?["supply"]?.string == "intra_state")
            #expect(tax?["rule"]?["place_of_supply"]?.string == "KA")
            #expect(tax?["taxable_value"]?["amount"]?.int == 20_000 && tax?["cgst"]?["amount"]?.int == 1800)
            #expect(line["total"]?["amount"]?.int == 23_600)
            // Nobody's business but the seller's and the admins'.
            #expect(line["commission"] == nil)
            #expect(try answer.json["ledger_entries"] == nil)
        }
    }

    @Test func aTierIsKeptAsItWas() async throws {
        try await Fixture.with { shop in
            let tiers = #"[{"min_quantity":5,"price_minor":9000},{"min_quantity":50,"price_minor":8000}]"#
            try await shop.pool.execute("update catalog.variants set tiers = $1::jsonb where id = 41", tiers)
            let few = try await shop.order(rugs: 2)
            let version = try await shop.fill([(Fixture.rug, 6)])
            let created = try await shop.create(Fixture.body(version: version, total: 54_000))
            let many = try #require(try created.json["id"]?.string, "\(created.text)")
            try await shop.pool.execute(
                "update catalog.variants set tiers = '[]', price_minor = 7000 where id = 41")
            let below = try await Self.lines(Self.explain(shop, few, by: shop.asha)).first?["price"]
            #expect(below?["source"]?.string == "base" && below?["base_price"]?["amount"]?.int == 11_800)
            #expect(below?["tiers"]?.elements?.count == 2 && below?["tier"] == nil)
            let line = try await Self.lines(Self.explain(shop, many, by: shop.asha)).first
            #expect(line?["price"]?["source"]?.string == "tier")
            #expect(line?["price"]?["tier"]?["min_quantity"]?.int == 5)
            #expect(line?["price"]?["tier"]?["price"]?["amount"]?.int == 9000)
            #expect(line?["price"]?["base_price"]?["amount"]?.int == 11_800)
            #expect(line?["unit_price"]?["amount"]?.int == 9000)
        }
    }

    @Test func sellersSeeTheirOwnLinesOncePlaced() async throws {
        try await Fixture.with { shop in
            let rate = try #require(BasisPoints(1000))
            let rule = CommissionRule(
                id: CommissionID(rawValue: 5), scope: .global, version: 3, rate: rate, fixedFee: 0, minFee: nil,
                maxFee: nil, currency: .inr, includesShipping: false, gstRate: nil,
                effectiveFrom: Timestamp(seconds: 1_700_000_000), effectiveTo: nil, note: "x", setBy: nil)
            shop.commissions.rules.withLock { $0 = CommissionRules([rule]) }
            try await shop.pool.execute(
                """
                insert into ledger.commission_rules (id, scope, version, rate_bps, fixed_fee_minor, include_shipping, effective_from, note)
                overriding system value values (5, 'global', 3, 1000, 0, false, now() - interval '1 day', 'x')
                """)
            let unpaid = try await shop.order(rugs: 1)
            let early = try await Self.explain(shop, unpaid, by: shop.loom)
            #expect(early.status == 404)
            let (id, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let own = try await Self.lines(Self.explain(shop, id, by: shop.loom))
            #expect(own.map { $0["seller_order_id"]?.string } == [parts[0]])
            let commission = own.first?["commission"]
            #expect(commission?["rule_id"]?.string == "\(CommissionID(rawValue: 5))")
            #expect(commission?["version"]?.int == 3 && commission?["rate_bps"]?.int == 1000)
            #expect(commission?["amount"]?["amount"]?.int == 1000 && commission?["gst"]?["amount"]?.int == 180)
            let other = try await Self.lines(Self.explain(shop, id, by: shop.lux))
            #expect(other.map { $0["seller_order_id"]?.string } == [parts[1]])
            // What was booked is read for that seller alone.
            for (person, seller) in [(shop.loom, 11), (shop.lux, 12)] as [(Fixture.Buyer, Int64)] {
                let trace = try await Self.explain(shop, id, by: person).json["ledger_entries"]?.elements
                #expect(trace?.first?["seller"]?.string == "\(SellerID(rawValue: seller))")
            }
            // The same stands with the line where the seller and admins read the order, and nowhere else.
            let sold = try await shop.call("GET", "sellers/orders/detail/?id=\(parts[0])", by: shop.loom)
            let soldLine = try sold.json["lines"]?.elements?.first
            #expect(soldLine?["commission"]?["amount"]?["amount"]?.int == 1000)
            let whole = try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.admin)
            let seen = try whole.json["seller_orders"]?.elements?[0]["lines"]?.elements?.first
            #expect(seen?["commission"]?["version"]?.int == 3)
            let bought = try await shop.get("detail/?id=\(id)")
            #expect(!bought.text.contains("commission"))
        }
    }

    @Test func adminsSeeAllAndWhatWasBooked() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1, lamps: 2)
            for person in [shop.admin, shop.reader] {
                let answer = try await Self.explain(shop, id, by: person)
                let lines = try Self.lines(answer)
                #expect(lines.count == 2)
                // No rule, no commission: said, not left out.
                #expect(lines.allSatisfy { $0["commission"]?.isNull == true })
                #expect(try answer.json["ledger_entries"]?.elements?.first?["of"]?.string == id)
                #expect(try answer.json["ledger_entries"]?.elements?.first?["seller"]?.string == "all")
            }
        }
    }

    @Test func nobodyElseSeesIt() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder(rugs: 1)
            for stranger in [shop.bela, shop.lux, shop.idle] {
                let answer = try await Self.explain(shop, id, by: stranger)
                #expect(answer.status == 404 && answer.code == "not-found")
            }
            for name in ["ord_0000000000001", "nonsense", ""] {
                let answer = try await Self.explain(shop, name, by: shop.asha)
                #expect(answer.status == 404, "\(name)")
            }
            let clerk = try await Self.explain(shop, id, by: shop.clerk)
            #expect(clerk.status == 403 && clerk.code == "forbidden")
            let nobody = await shop.routes.send("GET", "/api/orders/explain/?id=\(id)")
            #expect(nobody.status == 401 && nobody.code == "token-missing")
        }
    }

    @Test func whatWasNotKeptIsNotMadeUp() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1)
            try await shop.pool.execute("update orders.order_lines set priced = null")
            let line = try await Self.lines(Self.explain(shop, id, by: shop.asha)).first
            #expect(line?["price"]?.isNull == true)
            #expect(line?["unit_price"]?["amount"]?.int == 11_800)
        }
    }

    @Test func oneQuestionCostsOneStatement() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1, lamps: 1)
            shop.counter.calls.withLock { $0 = [] }
            _ = try await Self.explain(shop, id, by: shop.asha)
            #expect(shop.counter.calls.withLock { $0.count } == 1)
        }
    }
}

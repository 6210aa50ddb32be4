// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing
import UVRuntime

/// Orders at what a company agreed with a seller: frozen as shown, and never at a price that is not the company's any more.
@Suite(.timeLimit(.minutes(5))) struct CompanyOrderTests {
    private typealias Fixture = OrdersFixture

    /// Asha buys for company 1; the rug costs it 10,000 from two on.
    private static func with(_ body: @escaping @Sendable (OrdersFixture) async throws -> Void) async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute(
                """
                insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
                values (1, 'Loom Traders', '29AAGCB7383J1Z4', 'AAGCB7383J', 'bills@loom.example', 'verified')
                """)
            try await shop.pool.execute(
                "insert into companies.members (company_id, user_id, role) values (1, $1, 'buyer')",
                shop.asha.user.rawValue)
            try await list(shop, price: 10_000, isNew: true)
            _ = try await shop.pool.query("select code from catalog.assign_price_list_v1(1, 11, null, '{1}')")
            try await body(shop)
        }
    }

    private static func list(_ shop: OrdersFixture, price: Int64, isNew: Bool = false) async throws {
        let tiers = #"[{"min_quantity":2,"price_minor":\#(price)}]"#
        let row = try await shop.pool.query(
            """
            select code from catalog.save_price_list_v1(1, 11, $1, null, 'L', 'INR', null, null, '{41}', array[$2])
            """, isNew, tiers
        ).only()
        #expect(try row.int16(0) == 0)
    }

    /// Asha's cart of rugs, for the company; its version.
    private static func fill(_ shop: OrdersFixture, rugs: Int) async throws -> Int64 {
        _ = try await shop.fill([(Fixture.rug, rugs)])
        return try await shop.carts.withCart(of: .user(shop.asha.user)) { cart in
            _ = try await cart.change(now: shop.loop.now) { state in
                var next = state
                next.version += 1
                next.company = CompanyID(rawValue: 1)
                return CartActor.Change(state: next, value: 0)
            }
            return try await cart.read(now: shop.loop.now).version
        }
    }

    @Test func freezesTheAgreedPrice() async throws {
        try await Self.with { shop in
            let version = try await Self.fill(shop, rugs: 3)
            let dear = try await shop.create(Fixture.body(version: version, total: 35_400))
            #expect(dear.code == "price-changed")
            let created = try await shop.create(Fixture.body(version: version, total: 30_000))
            #expect(created.status == 201)
            let line = try created.json["seller_orders"]?.elements?.first?["lines"]?.elements?.first
            #expect(line?["unit_price"]?["amount"]?.int64 == 10_000)
            try await Self.list(shop, price: 9000)
            let read = try await shop.get("detail/?id=\(try created.json["id"]?.string ?? "")")
            #expect(try read.json["totals"]?["grand_total"]?["amount"]?.int64 == 30_000)
            let explained = try await shop.get("explain/?id=\(try created.json["id"]?.string ?? "")")
            let price = try explained.json["lines"]?.elements?.first?["price"]
            #expect(price?["source"]?.string == "company_list")
            #expect(price?["price_list_id"]?.string == "\(PriceListID(rawValue: 1))")
            #expect(price?["tier"]?["min_quantity"]?.int == 2 && price?["tier"]?["price"]?["amount"]?.int == 10_000)
            #expect(price?["base_price"]?["amount"]?.int == 11_800)
            // The cart stays the company's; below the list's first step it pays what everybody pays.
            let next = try await shop.fill([(Fixture.rug, 1)])
            let one = try await shop.create(Fixture.body(version: next, total: 11_800))
            #expect(one.status == 201)
        }
    }

    @Test func isRefusedAtAPriceThatIsNotTheCompanysAnyMore() async throws {
        try await Self.with { shop in
            let version = try await Self.fill(shop, rugs: 2)
            try await Self.list(shop, price: 11_000)
            let old = try await shop.create(Fixture.body(version: version, total: 20_000))
            #expect(old.code == "price-changed")
            let ended = try await shop.pool.query(
                "select code from catalog.assign_price_list_v1(1, 11, null, '{}')"
            ).only()
            #expect(try ended.int16(0) == 0)
            let foreign = try await shop.create(Fixture.body(version: version, total: 22_000))
            #expect(foreign.code == "price-changed")
            let own = try await shop.create(Fixture.body(version: version, total: 23_600))
            #expect(own.status == 201)
        }
    }

    @Test func isTheCompanysOrder() async throws {
        try await Self.with { shop in
            let version = try await Self.fill(shop, rugs: 2)
            let company = CompanyID(rawValue: 1)
            func body(_ members: String) -> String {
                Fixture.body(version: version, total: 20_000, extra: ",\(members)")
            }
            let other = try await shop.create(body(#""company_id":"\#(CompanyID(rawValue: 2))""#))
            #expect(other.status == 409 && other.code == "cart-changed")
            let wrong = try await shop.create(body(#""company_id":"cmp_x""#))
            #expect(wrong.code == "validation-failed")
            let long = try await shop.create(body(#""po_number":"\#(String(repeating: "x", count: 101))""#))
            #expect(long.code == "validation-failed")
            let created = try await shop.create(body(#""company_id":"\#(company)","po_number":"PO 7""#))
            #expect(created.status == 201)
            let read = try await shop.get("detail/?id=\(try created.json["id"]?.string ?? "")")
            for order in [created, read] {
                #expect(try order.json["company_id"]?.string == "\(company)")
                #expect(try order.json["po_number"]?.string == "PO 7")
            }
            // Whoever says nothing orders for the company as well: the cart is its.
            let next = try await shop.fill([(Fixture.rug, 1)])
            let silent = try await shop.create(Fixture.body(version: next, total: 11_800))
            #expect(try silent.json["company_id"]?.string == "\(company)")
            let row = try await shop.pool.query(
                "select string_agg(company_id || ' ' || coalesce(po_number, '-'), ', ' order by id) from orders.orders"
            ).only()
            #expect(try row.string(0) == "1 PO 7, 1 -")
        }
    }

    @Test func ofNobodysCartNamesNoCompany() async throws {
        try await Self.with { shop in
            let version = try await shop.fill([(Fixture.rug, 2)])
            let company = #","company_id":"\#(CompanyID(rawValue: 1))""#
            let claimed = try await shop.create(Fixture.body(version: version, total: 23_600, extra: company))
            #expect(claimed.code == "cart-changed")
            let created = try await shop.create(Fixture.body(version: version, total: 23_600))
            #expect(created.status == 201)
            #expect(try created.json["company_id"] == nil)
        }
    }

    /// What the order was priced with has been read; then somebody ends the membership: the database refuses the order.
    @Test func isRefusedForWhoLeftTheCompany() async throws {
        try await Self.with { shop in
            let version = try await Self.fill(shop, rugs: 2)
            try await shop.pool.withTransaction { transaction in
                try await transaction.execute("delete from companies.members")
                _ = try await transaction.query("select checkout.leave_company_v1(1, null)")
            }
            let refused = try await shop.create(Fixture.body(version: version, total: 20_000))
            #expect(refused.code == "cart-changed")
            #expect(try await shop.pool.query("select count(*) from orders.orders").only().int(0) == 0)
            let alone = try await shop.create(Fixture.body(version: version + 1, total: 23_600))
            #expect(alone.status == 201)
        }
    }

    /// Others do not pay what the company agreed, and a list that changes does not stop their orders.
    @Test func othersPayTheirOwnPrice() async throws {
        try await Self.with { shop in
            let version = try await shop.fill([(Fixture.rug, 2)], shop.bela)
            try await Self.list(shop, price: 9000)
            let cheap = try await shop.create(Fixture.body(version: version, total: 18_000), shop.bela)
            #expect(cheap.code == "price-changed")
            let created = try await shop.create(Fixture.body(version: version, total: 23_600), shop.bela)
            #expect(created.status == 201)
        }
    }
}

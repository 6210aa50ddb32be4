// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReadOrderTests {
    private typealias Fixture = OrdersFixture

    /// The members of the API's `Order`, `SellerOrder` and `OrderLine` that an unpaid order has.
    private static let members: Set<String> = [
        "id", "number", "status", "payment_status", "fulfilment_status", "currency", "totals", "seller_orders",
        "shipping_address", "billing_address", "payments", "reserved_until", "next_action", "cancellable", "history",
        "created_at", "version",
    ]
    private static let partMembers: Set<String> = [
        "id", "number", "order_id", "seller", "status", "lines", "totals", "shipments", "history", "version",
        "created_at",
    ]
    private static let lineMembers: Set<String> = [
        "id", "product_id", "variant_id", "sku", "title", "options", "quantity", "unit_price", "discount",
        "taxable_value", "tax", "total", "hsn_code", "refunded_quantity", "refunded_amount",
    ]

    @Test func showsTheWholeOrder() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 2), (Fixture.lamp, 1)])
            let created = try await shop.create(Fixture.body(version: version, total: 29_500))
            let id = try #require(try created.json["id"]?.string)
            let number = try #require(try created.json["number"]?.string)
            let detail = try await shop.get("detail/?id=\(id)")
            #expect(detail.header("ETag") == "\"v1\"")
            let order = try detail.json
            #expect(Set(order.members?.map(\.name) ?? []) == Self.members)
            let parts = try #require(order["seller_orders"]?.elements)
            for (index, part) in parts.enumerated() {
                #expect(Set(part.members?.map(\.name) ?? []) == Self.partMembers)
                #expect(part["number"]?.string == "\(number)-\(index + 1)")
                for line in part["lines"]?.elements ?? [] {
                    #expect(Set(line.members?.map(\.name) ?? []) == Self.lineMembers)
                }
            }
            #expect(order["cancellable"]?.bool == true)
            let byNumber = try await shop.get("detail/?number=\(number)")
            #expect(byNumber.body == detail.body)
            // What the answer to its creation said is what the database says.
            for member in ["id", "number", "status", "totals", "version"] {
                let said = Array(try created.json[dynamic: member]?.raw ?? [])
                #expect(said == Array(order[dynamic: member]?.raw ?? []), "\(member)")
            }
            #expect(order["shipping_address"]?["city"]?.string == "Bengaluru")
            #expect(order["billing_address"]?["postal_code"]?.string == "560001")
        }
    }

    @Test func isFoundByItsOwnerOnly() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            #expect(try await shop.get("detail/?id=\(id)", shop.bela).status == 404)
            #expect(try await shop.get("status/?id=\(id)", shop.bela).status == 404)
            #expect(try await shop.get("detail/").status == 422)
            #expect(try await shop.get("detail/?id=\(id)x").status == 404)
        }
    }

    @Test func showsWhatHappenedSince() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1, lamps: 1)
            try await shop.pool.execute(
                "update orders.orders set reserved_until = now() - interval '1 second'")
            try await shop.pool.execute("update inventory.reservations set expires_at = now() - interval '1 second'")
            #expect(await shop.sweeper.sweep() == 1)
            let order = try await shop.get("detail/?id=\(id)").json
            #expect(order["status"]?.string == "expired")
            #expect(order["version"]?.int == 2)
            #expect(order["cancellable"]?.bool == false)
            #expect(order["next_action"] == nil)
            #expect(order["reserved_until"] == nil)
            #expect(order["seller_orders"]?.elements?.map { $0["status"]?.string } == ["cancelled", "cancelled"])
            let event = try #require(order["history"]?.elements?.first)
            #expect(event["from"]?.string == "pending_payment")
            #expect(event["to"]?.string == "expired")
            #expect(event["actor"]?.string == "system")
            #expect(event["reason"]?.string == "reservation expired")
        }
    }

    @Test func asksForNothingWhileMoneyIsSetAside() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            for (rank, asks) in [(2, false), (0, true)] {
                try await shop.pool.execute("update orders.orders set payment_rank = $1", rank)
                let order = try await shop.get("detail/?id=\(id)").json
                #expect(order["payment_status"]?.string == (asks ? "unpaid" : "authorized"))
                #expect((order["next_action"] != nil) == asks)
                #expect(order["reserved_until"] != nil)
            }
        }
    }

    @Test func showsPaymentsAsThePortGivesThem() async throws {
        try await Fixture.with { shop in
            let text = try await shop.order()
            let id = try #require(OrderID(text))
            shop.payments.all.withLock { $0 = [id: [Array(#"{"id":"pay_2"}"#.utf8), Array(#"{"id":"pay_1"}"#.utf8)]] }
            let order = try await shop.get("detail/?id=\(text)").json
            #expect(order["payments"]?.elements?.map { $0["id"]?.string } == ["pay_2", "pay_1"])
        }
    }

    @Test func aPartlySentOrderCanStillBeCancelledInPart() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1, lamps: 1)
            func state(_ parts: String, _ other: String) async throws -> JSONValue {
                try await shop.pool.execute("update orders.orders set status = 'processing'")
                try await shop.pool.execute(
                    "update orders.seller_orders set status = case seller_id when 11 then $1 else $2 end", parts, other)
                return try await shop.get("detail/?id=\(id)").json
            }
            #expect(try await state("delivered", "packed")["cancellable"]?.bool == true)
            #expect(try await state("delivered", "packed")["fulfilment_status"]?.string == "partial")
            #expect(try await state("delivered", "shipped")["cancellable"]?.bool == false)
            #expect(try await state("delivered", "delivered")["fulfilment_status"]?.string == "fulfilled")
            #expect(try await state("returned", "returned")["fulfilment_status"]?.string == "returned")
            _ = try await state("pending_payment", "pending_payment")
            try await shop.pool.execute("update orders.orders set status = 'pending_payment'")
        }
    }
}

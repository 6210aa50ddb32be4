// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AdminOrdersTests {
    private typealias Fixture = OrdersFixture

    private func ids(_ shop: OrdersFixture, _ query: String = "") async throws -> [String] {
        let answer = try await shop.call("GET", "admin/orders/?\(query)", by: shop.reader)
        #expect(answer.status == 200, "\(query): \(answer.text)")
        return try #require(try answer.json["data"]?.elements).compactMap { $0["id"]?.string }
    }

    @Test func listsEverybodysOrders() async throws {
        try await Fixture.with { shop in
            let paid = try await shop.paidOrder(rugs: 1)
            let belas = try await shop.order(rugs: 2, lamps: 1, shop.bela)
            #expect(try await ids(shop) == [belas, paid.id])
            let first = try await shop.call("GET", "admin/orders/?limit=1", by: shop.reader)
            #expect(try first.json["data"]?.elements?.first?["customer_id"]?.string == "\(shop.bela.user)")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            #expect(try await ids(shop, "limit=1&cursor=\(cursor)") == [paid.id])
            #expect(try await ids(shop, "status=confirmed,processing") == [paid.id])
            #expect(try await ids(shop, "payment_status=unpaid") == [belas])
            #expect(try await ids(shop, "customer_id=\(shop.bela.user)") == [belas])
            #expect(try await ids(shop, "seller_id=\(SellerID(rawValue: 12))") == [belas])
            #expect(try await ids(shop, "amount_min=20000") == [belas])
            #expect(try await ids(shop, "amount_max=11800") == [paid.id])
            #expect(try await ids(shop, "created_from=2999-01-01T00:00:00Z").isEmpty)
            for text in [paid.id, String(paid.id.dropFirst(4).uppercased()), paid.parts[0]] {
                #expect(try await ids(shop, "q=\(text)") == [paid.id])
            }
            #expect(try await ids(shop, "q=nothing").isEmpty)
            for query in ["flag=odd", "amount_min=-1", "amount_min=2&amount_max=1", "status=lost", "seller_id=x"] {
                let answer = try await shop.call("GET", "admin/orders/?\(query)", by: shop.reader)
                #expect(answer.code == "validation-failed", "\(query)")
            }
        }
    }

    @Test func findsWhatIsOdd() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder()
            #expect(try await ids(shop, "flag=stuck").isEmpty)
            #expect(try await ids(shop, "flag=late").isEmpty)
            let number = try #require(SellerOrderID(parts[0])).rawValue
            try await shop.pool.execute(
                "update orders.seller_orders set accept_by = now() - interval '1 hour' where id = $1", number)
            #expect(try await ids(shop, "flag=stuck") == [id])
            let order = try #require(OrderID(id))
            shop.marked.withLock { $0[.late] = [order] }
            #expect(try await ids(shop, "flag=late") == [id])
            #expect(try await ids(shop, "flag=mismatch").isEmpty)
        }
    }

    @Test func readsAnybodysOrder() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder()
            let answer = try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.reader)
            #expect(answer.status == 200)
            #expect(try answer.json["customer_id"]?.string == "\(shop.asha.user)")
            #expect(try answer.json["audit"]?.elements?.first?["of"]?.string == id)
            let number = id.dropFirst(4).uppercased()
            let same = try await shop.call("GET", "admin/orders/detail/?number=\(number)", by: shop.reader)
            #expect(same.body == answer.body)
            #expect(try await shop.call("GET", "admin/orders/detail/?id=ord_x", by: shop.reader).code == "not-found")
            #expect(try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.asha).code == "forbidden")
            #expect(try await shop.call("GET", "admin/orders/", by: shop.loom).code == "forbidden")
        }
    }

    @Test func cancelsAnybodysOrder() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let body = #"{"id":"\#(id)","reason_code":"fraud"}"#
            #expect(try await shop.call("POST", "admin/orders/cancel/", body, by: shop.reader).code == "forbidden")
            let answer = try await shop.call("POST", "admin/orders/cancel/", body, by: shop.admin, key: "admin-cancel")
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "cancelled")
            #expect(
                try answer.json["seller_orders"]?.elements?.first?["history"]?.elements?.last?["actor"]?.string
                    == "admin")
            let replay = try await shop.call("POST", "admin/orders/cancel/", body, by: shop.admin, key: "admin-cancel")
            #expect(replay.isReplay)
            #expect(try await shop.count("select sum(amount_minor)::int from refunds.refunds") == 17_700)
            #expect(
                try await shop.count(
                    "select count(*) from platform.audit where actor_type = 'admin' and action = 'seller_order.cancelled'"
                )
                    == 2)
            let unpaid = try await shop.order(shop.bela)
            let ended = try await shop.call(
                "POST", "admin/orders/cancel/", #"{"id":"\#(unpaid)","reason_code":"fraud"}"#, by: shop.admin)
            #expect(try ended.json["status"]?.string == "cancelled")
            #expect(try ended.json["history"]?.elements?.last?["actor"]?.string == "admin")
            let none = #"{"id":"ord_01jd3k5v8x9ya","reason_code":"fraud"}"#
            #expect(try await shop.call("POST", "admin/orders/cancel/", none, by: shop.admin).code == "not-found")
            try await shop.expectLawful()
        }
    }

    @Test func saysWhatCarriersHaveNotSaid() async throws {
        try await Fixture.with { shop in
            let (_, parts) = try await shop.paidOrder()
            func set(_ status: String, by person: OrdersFixture.Buyer, key: String? = nil) async throws
                -> TestClient.Answer
            {
                let body = #"{"id":"\#(parts[0])","status":"\#(status)","reason":"proof by mail"}"#
                return try await shop.call("POST", "admin/orders/set-status/", body, by: person, key: key)
            }
            #expect(try await set("delivered", by: shop.admin).code == "illegal-transition")
            #expect(try await set("accepted", by: shop.admin).code == "validation-failed")
            try await shop.lead(parts[0], to: "packed")
            let shipped = try await shop.move(
                parts[0], "shipped", extra: #","shipment":{"carrier":"dtdc","tracking_number":"D1"}"#)
            #expect(shipped.status == 200)
            #expect(try await set("delivered", by: shop.reader).code == "forbidden")
            #expect(try await set("delivered", by: shop.loom).code == "forbidden")
            let answer = try await set("delivered", by: shop.admin, key: "set-1")
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "delivered")
            #expect(try answer.json["history"]?.elements?.last?["reason"]?.string == "proof by mail")
            #expect(try await set("delivered", by: shop.admin, key: "set-1").isReplay)
            let again = try await set("delivered", by: shop.admin)
            #expect(again.body == answer.body)
            #expect(
                try await shop.count(
                    "select count(*) from platform.audit where actor_type = 'admin' and reason = 'proof by mail'") == 1)
            try await shop.expectLawful()
        }
    }
}

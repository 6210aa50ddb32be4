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
            for list in ["inbox_events", "refunds", "ledger_entries", "reservations", "audit"] {
                let first = try answer.json[dynamic: list]?.elements?.first
                #expect(first?["of"]?.string == id, "\(list)")
            }
            let number = id.dropFirst(4).uppercased()
            let same = try await shop.call("GET", "admin/orders/detail/?number=\(number)", by: shop.reader)
            #expect(same.body == answer.body)
            #expect(try await shop.call("GET", "admin/orders/detail/?id=ord_x", by: shop.reader).code == "not-found")
            for (path, person) in [
                ("admin/orders/detail/", shop.reader), ("orders/detail/", shop.asha), ("orders/status/", shop.asha),
                ("orders/tracking/", shop.asha), ("orders/explain/", shop.asha), ("sellers/orders/detail/", shop.loom),
            ] {
                let none = try await shop.call("GET", path, by: person)
                #expect(none.status == 422 && none.code == "validation-failed", "\(path)")
                #expect(try none.json["errors"]?.elements?.first?["pointer"]?.string == "/id", "\(path)")
                #expect(try await shop.call("GET", path + "?id=x", by: person).code == "not-found", "\(path)")
            }
            #expect(try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.asha).code == "forbidden")
            #expect(try await shop.call("GET", "admin/orders/", by: shop.loom).code == "forbidden")
        }
    }
}

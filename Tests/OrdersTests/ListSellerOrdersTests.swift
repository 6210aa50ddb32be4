// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Orders
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ListSellerOrdersTests {
    private typealias Fixture = OrdersFixture

    private func ids(_ answer: TestClient.Answer) throws -> [String] {
        try #require(try answer.json["data"]?.elements).compactMap { $0["id"]?.string }
    }

    @Test func showsTheSellersOwnPartsThatArePaid() async throws {
        try await Fixture.with { shop in
            let (order, parts) = try await shop.paidOrder(rugs: 2, lamps: 1)
            let other = try await shop.paidOrder(rugs: 1)
            try await shop.order(rugs: 5)
            let list = try await shop.call("GET", "sellers/orders/", by: shop.loom)
            #expect(try ids(list) == [other.parts[0], parts[0]])
            let first = try #require(try list.json["data"]?.elements?.last)
            #expect(first["order_id"]?.string == order)
            #expect(first["number"]?.string == "\(order.dropFirst(4).uppercased())-1")
            #expect(first["units"]?.int == 2)
            #expect(first["line_count"]?.int == 1)
            #expect(first["buyer_name"]?.string == "A*** R***")
            #expect(first["totals"]?["grand_total"]?["amount"]?.int64 == 23_600)
            #expect(first["totals"]?["tax"]?["total"]?["amount"]?.int64 == 3600)
            #expect(first["accept_by"]?.string != nil)
            let lux = try await shop.call("GET", "sellers/orders/", by: shop.lux)
            #expect(try ids(lux) == [parts[1]])
            #expect(try lux.json["data"]?.elements?.first?["number"]?.string?.hasSuffix("-2") == true)
            try await shop.lead(parts[0], to: "accepted")
            let named = try await shop.call("GET", "sellers/orders/?status=accepted,packed", by: shop.loom)
            #expect(try ids(named) == [parts[0]])
            #expect(try named.json["data"]?.elements?.first?["buyer_name"]?.string == "Asha Rao")
        }
    }

    /// What was given up before it was paid was never theirs, although its end is told of.
    @Test func neverShowsWhatNobodyPaid() async throws {
        try await Fixture.with { shop in
            let order = try await shop.order(rugs: 1)
            let part = try #require(
                try await shop.get("detail/?id=\(order)").json["seller_orders"]?.elements?.first?["id"]?.string)
            #expect(try await shop.release(order).status == 200)
            let told = try await shop.pool.query(
                "select string_agg(type, ' ') from platform.outbox where aggregate_type = 'seller_order'"
            ).only().string(0)
            #expect(told == "seller_order.lapsed")
            #expect(try ids(try await shop.call("GET", "sellers/orders/", by: shop.loom)).isEmpty)
            for path in ["sellers/orders/detail/?id=\(part)", "orders/explain/?id=\(order)"] {
                #expect(try await shop.call("GET", path, by: shop.loom).code == "not-found", "\(path)")
            }
        }
    }

    @Test func filtersAndPages() async throws {
        try await Fixture.with { shop in
            var parts: [String] = []
            var orders: [String] = []
            for _ in 0..<3 {
                let made = try await shop.paidOrder()
                orders.append(made.id)
                parts.append(made.parts[0])
            }
            let page = try await shop.call("GET", "sellers/orders/?limit=2", by: shop.loom)
            #expect(try ids(page) == [parts[2], parts[1]])
            let cursor = try #require(try page.json["page"]?["next_cursor"]?.string)
            let rest = try await shop.call("GET", "sellers/orders/?limit=2&cursor=\(cursor)", by: shop.loom)
            #expect(try ids(rest) == [parts[0]])
            #expect(
                try await shop.call("GET", "sellers/orders/?cursor=\(cursor)", by: shop.lux).code == "invalid-cursor")
            let oldest = try await shop.call("GET", "sellers/orders/?limit=2&sort=created_at", by: shop.loom)
            #expect(try ids(oldest) == [parts[0], parts[1]])
            let onward = try #require(try oldest.json["page"]?["next_cursor"]?.string)
            let newest = try await shop.call(
                "GET", "sellers/orders/?limit=2&sort=created_at&cursor=\(onward)", by: shop.loom)
            #expect(try ids(newest) == [parts[2]])
            #expect(
                try await shop.call("GET", "sellers/orders/?cursor=\(onward)", by: shop.loom).code == "invalid-cursor")
            let number = orders[1].dropFirst(4).uppercased()
            for query in [String(number), "\(number)-1", parts[1]] {
                #expect(try await ids(shop.call("GET", "sellers/orders/?q=\(query)", by: shop.loom)) == [parts[1]])
            }
            #expect(try await ids(shop.call("GET", "sellers/orders/?q=RUG-1", by: shop.loom)).count == 3)
            #expect(try await ids(shop.call("GET", "sellers/orders/?q=LAMP-1", by: shop.loom)).isEmpty)
            let none = "sellers/orders/?accept_by_before=2020-01-01T00:00:00Z"
            #expect(try await ids(shop.call("GET", none, by: shop.loom)).isEmpty)
            let all = "sellers/orders/?accept_by_before=2999-01-01T00:00:00Z&created_from=2020-01-01T00:00:00Z"
            #expect(try await ids(shop.call("GET", all, by: shop.loom)).count == 3)
            for query in ["status=lost", "accept_by_before=now", "q="] {
                #expect(
                    try await shop.call("GET", "sellers/orders/?\(query)", by: shop.loom).code == "validation-failed")
            }
            #expect(try await shop.call("GET", "sellers/orders/", by: shop.asha).code == "forbidden")
            #expect(try await shop.call("GET", "sellers/orders/", by: shop.idle).code == "forbidden")
        }
    }

    @Test func readsOnePart() async throws {
        try await Fixture.with { shop in
            let (order, parts) = try await shop.paidOrder(rugs: 2, lamps: 1)
            let path = "sellers/orders/detail/?id=\(parts[0])"
            let answer = try await shop.call("GET", path, by: shop.loom)
            #expect(answer.header("ETag") == "\"v2\"")
            let part = try answer.json
            #expect(part["order_id"]?.string == order)
            #expect(part["seller"]?["name"]?.string == "Loom")
            #expect(part["lines"]?.elements?.map { $0["sku"]?.string } == ["RUG-1"])
            #expect(part["payment_method"]?.string == "razorpay")
            #expect(part["shipping_address"] == nil)
            #expect(try await shop.call("GET", path, by: shop.lux).code == "not-found")
            #expect(try await shop.call("GET", "sellers/orders/detail/?id=x", by: shop.loom).code == "not-found")
            #expect(try await shop.call("GET", path, by: shop.asha).code == "forbidden")
            let unpaid = try await shop.order()
            let waiting = try #require(
                try await shop.get("detail/?id=\(unpaid)").json["seller_orders"]?.elements?.first?["id"]?.string)
            #expect(
                try await shop.call("GET", "sellers/orders/detail/?id=\(waiting)", by: shop.loom).code == "not-found")
        }
    }
}

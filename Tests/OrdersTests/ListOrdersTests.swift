// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ListOrdersTests {
    private typealias Fixture = OrdersFixture

    private func ids(_ answer: TestClient.Answer) throws -> [String] {
        try #require(try answer.json["data"]?.elements).compactMap { $0["id"]?.string }
    }

    /// All pages from the first on, each with `limit`.
    private func pages(_ shop: OrdersFixture, _ query: String, limit: Int) async throws -> [[String]] {
        var pages: [[String]] = []
        var cursor: String?
        repeat {
            let answer = try await shop.get("list/?limit=\(limit)\(query)\(cursor.map { "&cursor=\($0)" } ?? "")")
            #expect(answer.status == 200)
            pages.append(try ids(answer))
            let page = try answer.json["page"]
            cursor = page?["next_cursor"]?.string
            #expect(page?["has_more"]?.bool == (cursor != nil))
        } while cursor != nil && pages.count < 20
        return pages
    }

    @Test func showsOrdersWithoutTheirLines() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 2, lamps: 1)
            let key = try #require(OrderID(id))
            shop.payments.all.withLock { $0 = [key: [Array(#"{"id":"pay_2"}"#.utf8), Array(#"{"id":"pay_1"}"#.utf8)]] }
            let list = try await shop.get("list/").json
            let order = try #require(list["data"]?.elements?.first)
            #expect(order["id"]?.string == id)
            #expect(order["payments"]?.elements?.map { $0["id"]?.string } == ["pay_2", "pay_1"])
            #expect(order["line_count"]?.int == 2)
            #expect(order["thumbnail_url"]?.string == "https://img.example/rug.webp")
            #expect(order["totals"]?["grand_total"]?["amount"]?.int64 == 29_500)
            #expect(order["totals"]?["tax"]?["total"]?["amount"]?.int64 == 4500)
            let parts = try #require(order["seller_orders"]?.elements)
            #expect(parts.map { $0["seller"]?["name"]?.string } == ["Loom", "Lux"])
            #expect(parts.allSatisfy { $0["lines"] == nil })
            let detail = try await shop.get("detail/?id=\(id)").json
            for member in ["number", "status", "payment_status", "totals", "shipping_address", "created_at", "version"]
            {
                #expect(
                    order[dynamic: member]?.raw.elementsEqual(detail[dynamic: member]?.raw ?? []) == true, "\(member)")
            }
            let full = try #require(detail["seller_orders"]?.elements)
            for (part, whole) in zip(parts, full) {
                for member in ["id", "number", "order_id", "seller", "status", "totals", "version", "created_at"] {
                    #expect(
                        part[dynamic: member]?.raw.elementsEqual(whole[dynamic: member]?.raw ?? []) == true, "\(member)"
                    )
                }
                #expect(part["accept_by"] == nil)
            }
        }
    }

    /// Until when a seller has to accept, in both lists.
    @Test func saysWhatASellerHasToDo() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder(rugs: 2, lamps: 1)
            let key = try #require(OrderID(id))
            shop.payments.all.withLock { $0 = [key: [Array(#"{"id":"pay_1"}"#.utf8)]] }
            let detail = try await shop.get("detail/?id=\(id)").json["seller_orders"]?.elements
            for list in [
                try await shop.get("list/"), try await shop.call("GET", "admin/orders/", by: shop.reader),
            ] {
                let order = try #require(try list.json["data"]?.elements?.first)
                let parts = try #require(order["seller_orders"]?.elements)
                #expect(parts.map { $0["accept_by"]?.string } == detail?.map { $0["accept_by"]?.string })
                #expect(parts.allSatisfy { $0["accept_by"] != nil && $0["shipments"] == nil && $0["history"] == nil })
                #expect(parts.map { $0["totals"]?["grand_total"]?["amount"]?.int } == [23_600, 5_900])
                #expect(order["payments"]?.elements?.first?["id"]?.string == "pay_1")
            }
        }
    }

    @Test func walksThroughAllPagesInBothDirections() async throws {
        try await Fixture.with { shop in
            var orders: [String] = []
            for _ in 0..<7 { orders.append(try await shop.order()) }
            // Three at one moment: the id decides.
            try await shop.pool.execute(
                "update orders.orders set created_at = '2026-01-01T00:00:00Z' where id in (select id from orders.orders order by id limit 3)"
            )
            try await shop.order(rugs: 1, lamps: 0, shop.bela)
            let newest = Array(orders.reversed())
            #expect(try await pages(shop, "", limit: 3) == [Array(newest[0..<3]), Array(newest[3..<6]), [newest[6]]])
            #expect(try await pages(shop, "&sort=-created_at", limit: 7) == [newest])
            #expect(try await pages(shop, "&sort=created_at", limit: 4) == [Array(orders[0..<4]), Array(orders[4...])])
            #expect(try await pages(shop, "", limit: 100) == [newest])
        }
    }

    @Test func aCursorBelongsToItsList() async throws {
        try await Fixture.with { shop in
            for buyer in [shop.asha, shop.bela] {
                for _ in 0..<3 { try await shop.order(rugs: 1, lamps: 0, buyer) }
            }
            let first = try await shop.get("list/?limit=1&status=pending_payment,expired")
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let again = "list/?cursor=\(cursor)"
            // The same filter in another order of words is the same list; the limit may change.
            #expect(try await shop.get(again + "&limit=2&status=expired,pending_payment").status == 200)
            for other in ["", "&status=pending_payment", "&status=pending_payment,expired&sort=created_at"] {
                let refused = try await shop.get(again + other)
                #expect(refused.status == 400)
                #expect(refused.code == "invalid-cursor")
            }
            let foreign = try await shop.get(again + "&status=pending_payment,expired", shop.bela)
            #expect(foreign.code == "invalid-cursor")
        }
    }

    @Test func filters() async throws {
        try await Fixture.with { shop in
            let (rug, lamp, both) = (
                try await shop.order(rugs: 1, lamps: 0), try await shop.order(rugs: 0, lamps: 1),
                try await shop.order(rugs: 1, lamps: 1)
            )
            let id = try #require(OrderID(lamp)).rawValue
            try await shop.pool.execute(
                "update orders.orders set status = 'confirmed', payment_rank = 3, created_at = '2026-02-03T04:05:06.789012Z' where id = $1",
                id)
            func found(_ query: String) async throws -> [String] {
                try ids(try await shop.get("list/?sort=created_at&\(query)"))
            }
            #expect(try await found("status=pending_payment") == [rug, both])
            #expect(try await found("status=confirmed,processing") == [lamp])
            #expect(try await found("payment_status=paid") == [lamp])
            #expect(try await found("payment_status=unpaid,authorized") == [rug, both])
            #expect(try await found("payment_status=cod_pending") == [])
            #expect(try await found("seller_id=\(SellerID(rawValue: 11))") == [rug, both])
            #expect(try await found("seller_id=\(SellerID(rawValue: 12))&status=pending_payment") == [both])
            #expect(try await found("seller_id=\(SellerID(rawValue: 13))") == [])
            // From is included, to is not.
            #expect(try await found("created_to=2026-02-03T04:05:06.789012Z") == [])
            #expect(try await found("created_to=2026-02-03T04:05:06.789013Z") == [lamp])
            #expect(
                try await found("created_from=2026-02-03T04:05:06.789012Z&created_to=2026-02-04T00:00:00Z") == [lamp])
            #expect(try await found("created_from=2026-02-03T04:05:06.789013Z") == [rug, both])
            try await shop.pool.execute(
                "update orders.orders set status = 'pending_payment', payment_rank = 0 where id = $1", id)
        }
    }

    @Test(
        "what is no query",
        arguments: [
            ("status=", 422), ("status=lost", 422), ("status=confirmed,", 422),
            ("status=confirmed&status=expired", 400),
            ("payment_status=free", 422), ("seller_id=11", 422), ("created_from=yesterday", 422), ("created_to=", 422),
            ("sort=total", 422), ("limit=0", 400), ("limit=101", 400), ("limit=x", 400), ("cursor=x", 400),
            ("buyer_id=1", 400), ("include=count", 400),
        ])
    func refuses(query: String, status: Int) async throws {
        try await Fixture.with { shop in
            let answer = try await shop.get("list/?\(query)")
            #expect(answer.status == status)
            #expect(answer.code != nil)
        }
    }

    @Test func holdsWhatHasChangedSince() async throws {
        try await Fixture.with { shop in
            let old = try await shop.order()
            let new = try await shop.order()
            for (id, day) in [(old, 1), (new, 3)] {
                try await shop.pool.execute(
                    "update orders.orders set updated_at = '2026-01-01T00:00:00Z'::timestamptz + $2 * interval '1 day' where id = $1",
                    try #require(OrderID(id)).rawValue, Int64(day))
            }
            func since(_ time: String) async throws -> [String] {
                try ids(try await shop.get("list/?updated_from=\(time)"))
            }
            #expect(try await since("2026-01-02T00:00:00Z") == [new, old])
            #expect(try await since("2026-01-02T00:00:00.001Z") == [new])
            #expect(try await since("2026-01-05T00:00:00Z").isEmpty)
            #expect(try await shop.get("list/?updated_from=x").code == "validation-failed")
        }
    }

    @Test func costsTwoStatementsLedByTheIndex() async throws {
        try await Fixture.with { shop in
            for _ in 0..<3 { try await shop.order(rugs: 1, lamps: 1) }
            shop.counter.calls.withLock { $0 = [] }
            let page = try await shop.get("list/?limit=2&status=pending_payment&payment_status=unpaid")
            #expect(try ids(page).count == 2)
            let calls = shop.counter.calls.withLock { $0 }
            #expect(calls.count == 2)
            shop.counter.calls.withLock { $0 = [] }
            #expect(try ids(try await shop.get("list/", shop.bela)).isEmpty)
            #expect(shop.counter.calls.withLock { $0.count } == 1)

            // A table of three rows is read as a whole; of many it would not be.
            let plan = try await shop.pool.withTransaction { transaction in
                try await transaction.execute("set local enable_seqscan = off")
                try await transaction.execute("set local enable_bitmapscan = off")
                let explain = PostgresCall(
                    PostgresSQL(text: "explain " + calls[0].sql.text), parameters: calls[0].parameters,
                    isPrepared: false)
                return try await transaction.run(explain).map { try $0.string(0) }
            }
            #expect(plan.contains { $0.contains("Index Scan using orders_of_user") }, "\(plan)")
            #expect(
                plan.contains { $0.contains("Index Cond") && $0.contains("user_id") && $0.contains("ROW(") }, "\(plan)")
            #expect(!plan.contains { $0.contains("Sort Key: t.created_at") }, "\(plan)")
        }
    }
}

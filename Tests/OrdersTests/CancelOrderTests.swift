// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CancelOrderTests {
    private typealias Fixture = OrdersFixture

    private func cancel(
        _ shop: OrdersFixture, _ id: String, parts: [String]? = nil, _ buyer: OrdersFixture.Buyer? = nil,
        key: String? = nil
    ) async throws -> TestClient.Answer {
        let names = parts.map { #","seller_order_ids":[\#($0.map { #""\#($0)""# }.joined(separator: ","))]"# } ?? ""
        return try await shop.call(
            "POST", "orders/cancel/", #"{"id":"\#(id)","reason_code":"changed_mind","note":"Twice."\#(names)}"#,
            by: buyer ?? shop.asha, key: key)
    }

    @Test func refusesTheRestOfAnOrderThatIsUnderWay() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            try await shop.lead(parts[0], to: "shipped")
            #expect(try await cancel(shop, id, parts: [parts[1]]).status == 200)
            let rest = try await cancel(shop, id)
            #expect(rest.status == 409)
            #expect(rest.code == "illegal-transition")
            #expect(try rest.json["seller_order_id"]?.string == parts[0])
        }
    }

    @Test func endsAPaidOrderOnce() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 2, lamps: 1)
            try await shop.lead(parts[0], to: "packed")
            let answer = try await cancel(shop, id, key: "cancel-1")
            #expect(answer.status == 200)
            let order = try answer.json
            #expect(order["status"]?.string == "cancelled")
            #expect(order["cancellable"]?.bool == false)
            #expect(order["seller_orders"]?.elements?.map { $0["status"]?.string } == ["cancelled", "cancelled"])
            #expect(
                order["seller_orders"]?.elements?.first?["history"]?.elements?.last?["reason"]?.string
                    == "changed_mind: Twice.")
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            #expect(await shop.inventory.row(Fixture.rug)?.onHand == 1000)
            #expect(shop.news.told.withLock { Set($0) } == [Fixture.rug, Fixture.lamp])
            let owed = "select sum(amount_minor)::int from refunds.refunds where status <> 'rejected'"
            #expect(try await shop.count(owed) == 29_500)
            let kept = try await shop.count(
                "select extract(epoch from expires_at - created_at)::int from platform.idempotency_keys order by created_at desc limit 1"
            )
            #expect(kept == 259_200, "money is remembered for 72 hours")
            let replay = try await cancel(shop, id, key: "cancel-1")
            #expect(replay.isReplay)
            #expect(replay.body == answer.body)
            let again = try await cancel(shop, id)
            #expect(again.status == 200)
            #expect(again.body == answer.body)
            #expect(try await shop.count(owed) == 29_500)
            #expect(try await shop.count("select count(*) from platform.outbox where type = 'order.cancelled'") == 1)
            try await shop.expectLawful()
        }
    }

    @Test func endsOnlyTheNamedParts() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let answer = try await cancel(shop, id, parts: [parts[1]])
            #expect(try answer.json["status"]?.string == "confirmed")
            #expect(
                try answer.json["seller_orders"]?.elements?.map { $0["status"]?.string } == ["placed", "cancelled"])
            #expect(try await shop.count("select sum(amount_minor)::int from refunds.refunds") == 5900)
            #expect(try await shop.stock() == [[1000, 1], [1000, 0]])
            let other = try await shop.paidOrder()
            #expect(try await cancel(shop, id, parts: [other.parts[0]]).code == "not-found")
            #expect(try await cancel(shop, id, parts: ["sor_x"]).code == "not-found")
            try await shop.expectLawful()
        }
    }

    @Test func comesTooLateForWhatHasLeft() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            try await shop.lead(parts[0], to: "shipped")
            let both = try await cancel(shop, id, parts: parts)
            #expect(both.status == 409)
            #expect(both.code == "illegal-transition")
            #expect(try both.json["from"]?.string == "shipped")
            #expect(try both.json["seller_order_id"]?.string == parts[0])
            #expect(
                try both.json["allowed"]?.elements?.isEmpty == true,
                "the seller's and the carrier's moves are not the buyer's")
            // All or none of those that were named; what still can be of those that were not.
            #expect(try await shop.stock() == [[999, 0], [1000, 1]])
            let rest = try await cancel(shop, id)
            #expect(try rest.json["status"]?.string == "processing")
            #expect(try rest.json["seller_orders"]?.elements?.map { $0["status"]?.string } == ["shipped", "cancelled"])
            try await shop.expectLawful()
        }
    }

    @Test func endsAnUnpaidOrderAsAWhole() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1, lamps: 1)
            let parts = try #require(try await shop.get("detail/?id=\(id)").json["seller_orders"]?.elements)
                .compactMap { $0["id"]?.string }
            #expect(try await cancel(shop, id, parts: [parts[0]]).code == "illegal-transition")
            #expect(try await cancel(shop, id, parts: [parts[0], "sor_01jd3k5v8x9ya"]).code == "not-found")
            let answer = try await cancel(shop, id, parts: parts)
            #expect(try answer.json["status"]?.string == "cancelled")
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            #expect(try await shop.count("select count(*) from platform.audit where action = 'order.cancelled'") == 1)
            #expect(try await shop.count("select count(*) from refunds.refunds") == 0)
            let again = try await cancel(shop, id)
            #expect(again.status == 200)
            let expired = try await shop.order()
            try await shop.pool.execute(
                """
                with o as (update orders.orders set reserved_until = now() where id = $1 returning id)
                update inventory.reservations r set expires_at = now() from o where r.order_id = o.id
                """, try #require(OrderID(expired)).rawValue)
            #expect(await shop.sweeper.sweep() == 1)
            let late = try await cancel(shop, expired)
            #expect(late.code == "illegal-transition")
            #expect(try late.json["from"]?.string == "expired")
            try await shop.expectLawful()
        }
    }

    @Test func onlyTheVersionThatWasSeen() async throws {
        try await Fixture.with { shop in
            let paid = try await shop.paidOrder().id
            let unpaid = try await shop.order(shop.asha)
            for (id, path, person) in [
                (paid, "orders/cancel/", shop.asha), (unpaid, "orders/cancel/", shop.asha),
                (try await shop.paidOrder().id, "admin/orders/cancel/", shop.admin),
            ] {
                let now = try #require(
                    try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.admin).json["version"]?.int)
                let body = #"{"id":"\#(id)","reason_code":"changed_mind""#
                let old = try await shop.call(
                    "POST", path, body + "}", by: person, headers: [("If-Match", "\"v\(now + 1)\"")])
                #expect(old.status == 412 && old.code == "version-conflict", "\(path)")
                #expect(try old.json["current_version"]?.int == now)
                let told = try await shop.call("POST", path, body + #","expected_version":\#(now + 1)}"#, by: person)
                #expect(told.code == "version-conflict")
                let answer = try await shop.call(
                    "POST", path, body + "}", by: person, headers: [("If-Match", "\"v\(now)\"")])
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try answer.json["status"]?.string == "cancelled")
            }
            try await shop.expectLawful()
        }
    }

    @Test func isTheBuyersOwn() async throws {
        try await Fixture.with { shop in
            let (id, _) = try await shop.paidOrder()
            #expect(try await cancel(shop, id, shop.bela).code == "not-found")
            #expect(try await cancel(shop, "ord_x").code == "not-found")
            #expect(try await cancel(shop, id, shop.admin).code == "forbidden")
            let silent = try await shop.call("POST", "orders/cancel/", #"{"id":"\#(id)"}"#, by: shop.asha)
            #expect(silent.code == "validation-failed")
        }
    }

    @Test func showsTheParcelsOfTheBuyersOwnOrder() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder()
            let none = try await shop.get("tracking/?id=\(id)")
            #expect(try none.json["shipments"]?.elements?.isEmpty == true)
            try await shop.lead(parts[0], to: "delivered")
            let answer = try await shop.get("tracking/?id=\(id)")
            #expect(answer.status == 200)
            let shipment = try #require(try answer.json["shipments"]?.elements?.first)
            #expect(shipment["seller_order_id"]?.string == parts[0])
            #expect(shipment["status"]?.string == "delivered")
            #expect(shipment["delivered_at"]?.string != nil)
            #expect(shipment["events"]?.elements?.map { $0["code"]?.string } == ["shipped", "delivered"])
            #expect(try await shop.get("tracking/?id=\(id)", shop.bela).code == "not-found")
        }
    }
}

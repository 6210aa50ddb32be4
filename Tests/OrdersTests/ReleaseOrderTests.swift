// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReleaseOrderTests {
    private typealias Fixture = OrdersFixture

    private func reserved(_ shop: OrdersFixture) async throws -> [Int] {
        try await shop.pool.query("select reserved from inventory.stock order by variant_id").map { try $0.int(0) }
    }

    @Test func givesTheUnitsBackAtOnce() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 2, lamps: 1)
            #expect(try await reserved(shop) == [2, 1])
            let answer = try await shop.release(id)
            #expect(answer.status == 200)
            #expect(answer.header("ETag") == "\"v2\"")
            let order = try answer.json
            #expect(order["id"]?.string == id)
            #expect(order["status"]?.string == "cancelled")
            #expect(order["cancellable"]?.bool == false)
            #expect(order["next_action"] == nil)
            #expect(order["seller_orders"]?.elements?.map { $0["status"]?.string } == ["cancelled", "cancelled"])
            #expect(order["seller_orders"]?.elements?.map { $0["seller"]?["name"]?.string } == ["Loom", "Lux"])
            let event = try #require(order["history"]?.elements?.last)
            #expect(event["from"]?.string == "pending_payment")
            #expect(event["actor"]?.string == "user")
            #expect(try await reserved(shop) == [0, 0])
            // What was told is what is there, in this process's memory, too.
            let detail = try await shop.get("detail/?id=\(id)")
            #expect(detail.body == answer.body)
            #expect(await shop.inventory.row(Fixture.rug)?.reserved == 0)
            #expect(shop.news.told.withLock { Set($0) } == [Fixture.rug, Fixture.lamp])
            #expect(
                try await shop.pool.query("select 1 from platform.outbox where type = 'order.cancelled'").count == 1)
        }
    }

    @Test func happensOncePerKeyAndOncePerOrder() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            let first = try await shop.release(id, key: "release-1")
            let again = try await shop.release(id, key: "release-1")
            #expect(first.status == 200 && again.status == 200)
            #expect(again.isReplay && again.body == first.body)
            // Under another key it is another request, which comes too late.
            let late = try await shop.release(id, key: "release-2")
            #expect(late.status == 409 && late.code == "illegal-transition")
            #expect(try late.json["from"]?.string == "cancelled")
            #expect(try late.json["allowed"]?.elements?.isEmpty == true, "what late money does is not the buyer's")
            let replay = try await shop.release(id, key: "release-2")
            #expect(replay.isReplay && replay.body == late.body)
            let other = try await shop.release(try await shop.order(), key: "release-1")
            #expect(other.status == 409 && other.code == "idempotency-key-reused")
            #expect(try await reserved(shop) == [1, 0])
        }
    }

    @Test func onlyTheVersionThatWasSeen() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            let body = #"{"id":"\#(id)"}"#
            let path = "orders/release/"
            let old = try await shop.call(
                "POST", path, body, by: shop.asha, key: "seen-9", headers: [("If-Match", "\"v9\"")])
            #expect(old.status == 412 && old.code == "version-conflict")
            #expect(try old.json["current_version"]?.int == 1)
            let told = try await shop.call(
                "POST", path, #"{"id":"\#(id)","expected_version":9}"#, by: shop.asha)
            #expect(told.code == "version-conflict")
            #expect(try await reserved(shop) == [1, 0])
            let stranger = try await shop.call("POST", path, body, by: shop.bela, headers: [("If-Match", "\"v1\"")])
            #expect(stranger.code == "not-found")
            let other = try await shop.call(
                "POST", path, body, by: shop.asha, key: "seen-9", headers: [("If-Match", "\"v1\"")])
            #expect(other.code == "idempotency-key-reused", "the version is a part of what is asked for")
            let answer = try await shop.call("POST", path, body, by: shop.asha, headers: [("If-Match", "\"v1\"")])
            #expect(answer.status == 200 && answer.header("ETag") == "\"v2\"")
        }
    }

    @Test func aRaceEndsTheReservationOnce() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 3)
            try await shop.pool.execute("update orders.orders set reserved_until = now() - interval '1 second'")
            try await shop.pool.execute("update inventory.reservations set expires_at = now() - interval '1 second'")
            let releases = (0..<8).map { number in
                Task { try await shop.release(id, key: "release-\(number)").status }
            }
            let sweep = Task { await shop.sweeper.sweep() }
            var statuses: [Int] = []
            for release in releases { statuses.append(try await release.value) }
            let ended = await sweep.value + statuses.count { $0 == 200 }
            #expect(ended == 1)
            #expect(statuses.allSatisfy { $0 == 200 || $0 == 409 })
            #expect(try await reserved(shop) == [0, 0])
        }
    }

    @Test func isForTheBuyerAndForUnpaidOrders() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            #expect(try await shop.release(id, shop.bela).status == 404)
            #expect(try await shop.release("ord_none").status == 404)
            #expect(try await shop.release("").status == 422)
            #expect(try await reserved(shop) == [1, 0])
            try await shop.pool.execute("update orders.orders set status = 'confirmed', paid_minor = total_minor")
            let paid = try await shop.release(id)
            #expect(paid.status == 409 && paid.code == "illegal-transition")
            #expect(try paid.json["from"]?.string == "confirmed")
            #expect(
                try paid.json["allowed"]?.elements?.isEmpty == true,
                "the rest of its way is not the buyer's")
            #expect(try await reserved(shop) == [1, 0])
            try await shop.pool.execute("update orders.orders set status = 'pending_payment', paid_minor = 0")
        }
    }

    @Test func wakesWhoWaitsForTheOrder() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            let waiting = Task {
                try await shop.get("status/?id=\(id)&wait=25", headers: [("If-None-Match", "\"v1\"")])
            }
            while await shop.watch.waitCount == 0 { await Task.yield() }
            #expect(try await shop.release(id).status == 200)
            let answer = try await waiting.value
            #expect(answer.status == 200)
            #expect(try answer.json["status"]?.string == "cancelled")
        }
    }
}

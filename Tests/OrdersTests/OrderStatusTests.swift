// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Orders
import Postgres
import TestSupport
import Testing
import UVRuntime

/// `GET /api/orders/status/`, polled and waited for.
@Suite(.timeLimit(.minutes(5))) struct OrderStatusTests {
    private typealias Fixture = OrdersFixture

    private static let known = [(name: "If-None-Match", value: "\"v1\"")]

    /// Commits a change of all orders as another process would: nobody here is told.
    private static func change(_ shop: OrdersFixture) async throws {
        try await shop.pool.execute("update orders.orders set version = version + 1, updated_at = now()")
    }

    /// Starts a request on the fixture's loop; returns once it waits.
    private static func begin(
        _ shop: OrdersFixture, _ path: String, headers: [(name: String, value: String)] = []
    ) async -> Task<TestClient.Answer, any Error> {
        let before = await shop.watch.waitCount
        let task = Task { try await shop.loop.run { try await shop.get(path, headers: headers) } }
        while await shop.watch.waitCount == before { await Task.yield() }
        return task
    }

    @Test func tellsTheStateAndItsVersion() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order(rugs: 1, lamps: 1)
            let answer = try await shop.get("status/?id=\(id)")
            #expect(answer.header("ETag") == "\"v1\"")
            let state = try answer.json
            #expect(state["status"]?.string == "pending_payment")
            #expect(state["payment_status"]?.string == "unpaid")
            #expect(state["fulfilment_status"]?.string == "unfulfilled")
            #expect(state["reserved_until"]?.string?.hasSuffix("Z") == true)
            #expect(state["updated_at"]?.string?.hasSuffix("Z") == true)
            #expect(state["version"]?.int == 1)
            let parts = try #require(state["seller_orders"]?.elements)
            #expect(parts.map { $0["status"]?.string } == ["pending_payment", "pending_payment"])
            #expect(parts.allSatisfy { $0["tracking"]?.elements?.isEmpty == true })
            let unchanged = try await shop.get("status/?id=\(id)", headers: Self.known)
            #expect(unchanged.status == 304)
            #expect(unchanged.body.isEmpty)
            try await Self.change(shop)
            let changed = try await shop.get("status/?id=\(id)", headers: Self.known)
            #expect(changed.status == 200)
            #expect(changed.header("ETag") == "\"v2\"")
        }
    }

    @Test(arguments: [true, false]) func aChangeOfThisProcessEndsTheWait(hasTag: Bool) async throws {
        try await Fixture.with { shop in
            let text = try await shop.order()
            let id = try #require(OrderID(text))
            let waiting = await Self.begin(shop, "status/?id=\(text)&wait=25", headers: hasTag ? Self.known : [])
            try await Self.change(shop)
            await shop.watch.changed(id)
            let answer = try await waiting.value
            #expect(answer.status == 200)
            #expect(try answer.json["version"]?.int == 2)
            #expect(await shop.watch.waitCount == 0)
        }
    }

    @Test func aChangeOfAnotherProcessIsFoundByTheLook() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            let waiting = await Self.begin(shop, "status/?id=\(id)&wait=25", headers: Self.known)
            await shop.watch.look()
            try await Self.change(shop)
            while await shop.watch.waitCount > 0 {
                await shop.watch.look()
                await Task.yield()
            }
            #expect(try await waiting.value.json["version"]?.int == 2)
        }
    }

    @Test func theEndOfTheReservationEndsTheWait() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            let waiting = await Self.begin(shop, "status/?id=\(id)&wait=25")
            try await shop.pool.execute("update orders.orders set reserved_until = now() - interval '1 second'")
            try await shop.pool.execute("update inventory.reservations set expires_at = now() - interval '1 second'")
            #expect(await shop.sweeper.sweep() == 1)
            #expect(try await waiting.value.json["status"]?.string == "expired")
        }
    }

    @Test func whatTheClientHasNotSeenIsAnsweredAtOnce() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            try await Self.change(shop)
            let answer = try await shop.get("status/?id=\(id)&wait=25", headers: Self.known)
            #expect(answer.status == 200)
            #expect(try answer.json["version"]?.int == 2)
        }
    }

    @Test func withoutAChangeTheWaitEndsWithTheStateAsItIs() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            async let tagged = shop.get("status/?id=\(id)&wait=1", headers: Self.known)
            async let plain = shop.get("status/?id=\(id)&wait=1")
            let (first, second) = try await (tagged, plain)
            #expect(first.status == 304)
            #expect(second.status == 200)
            #expect(try second.json["version"]?.int == 1)
        }
    }

    @Test func aDrainEndsAllWaits() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            let tagged = await Self.begin(shop, "status/?id=\(id)&wait=25", headers: Self.known)
            let plain = await Self.begin(shop, "status/?id=\(id)&wait=25")
            await shop.watch.end()
            #expect(try await tagged.value.status == 304)
            #expect(try await plain.value.status == 200)
            // Nobody waits any more from now on.
            #expect(try await shop.get("status/?id=\(id)&wait=25").status == 200)
        }
    }

    @Test func whoWaitsHoldsNoConnection() async throws {
        try await Fixture.with { shop in
            let id = try await shop.order()
            var waiting: [Task<TestClient.Answer, any Error>] = []
            for _ in 0..<8 { waiting.append(await Self.begin(shop, "status/?id=\(id)&wait=25")) }
            // Each has read the order once; then nothing is asked and nothing held.
            while await shop.pool.counts.busy > 0 { await Task.yield() }
            let counts = await shop.pool.counts
            #expect(counts.waiting == 0)
            #expect(await shop.watch.waitCount == 8)
            await shop.watch.end()
            for task in waiting { #expect(try await task.value.status == 200) }
        }
    }

    @Test func waitsAreBoundedPerUserAndPerProcess() async throws {
        try await Fixture.with(limits: .init(waits: 3, waitsPerUser: 2)) { shop in
            let mine = "status/?id=\(try await shop.order())&wait=25"
            let theirs = "status/?id=\(try await shop.order(rugs: 1, lamps: 0, shop.bela))&wait=25"
            let first = await Self.begin(shop, mine)
            let second = await Self.begin(shop, mine)
            let third = try await shop.get(mine)
            #expect(third.status == 429)
            #expect(third.code == "rate-limited")
            #expect(third.header("Retry-After") != nil)
            let foreign = Task { try await shop.loop.run { try await shop.get(theirs, shop.bela) } }
            while await shop.watch.waitCount < 3 { await Task.yield() }
            let full = try await shop.get(theirs, shop.bela)
            #expect(full.status == 503)
            #expect(full.code == "overloaded")
            // Who does not wait is not refused.
            #expect(try await shop.get(mine.replacing("&wait=25", with: "")).status == 200)
            await shop.watch.end()
            for task in [first, second, foreign] { #expect(try await task.value.status == 200) }
        }
    }

    @Test(
        "seconds on both sides of the bounds",
        arguments: [("-1", 400), ("0", 200), ("26", 400), ("x", 400), ("", 400), ("1&wait=1", 400)])
    func bounds(wait: String, status: Int) async throws {
        try await Fixture.with { shop in
            let answer = try await shop.get("status/?id=\(try await shop.order())&wait=\(wait)")
            #expect(answer.status == status)
            #expect(answer.code == (status == 400 ? "malformed-request" : nil))
        }
    }
}

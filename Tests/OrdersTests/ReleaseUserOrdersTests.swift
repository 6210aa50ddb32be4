// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

/// What becomes of unpaid orders when an account is stopped.
@Suite(.timeLimit(.minutes(5))) struct ReleaseUserOrdersTests {
    private typealias Fixture = OrdersFixture

    private static func states(_ shop: OrdersFixture) async throws -> String {
        try await shop.pool.query(
            "select string_agg(user_id || ' ' || status, ', ' order by id) from orders.orders"
        ).only().string(0)
    }

    private static func reserved(_ shop: OrdersFixture) async throws -> [Int] {
        try await shop.pool.query("select reserved from inventory.stock order by variant_id").map { try $0.int(0) }
    }

    private static func run(_ shop: OrdersFixture) async throws -> [String] {
        let ended = Mutex<[OrderID]>([])
        let release = ReleaseUserOrders(pool: shop.pool, inventory: shop.inventory, news: shop.news) { orders in
            ended.withLock { $0 += orders }
        }
        try await release.run(of: shop.asha.user)
        return ended.withLock { $0.map { "\($0)" } }
    }

    @Test func givesUpAllOfOnesUnpaidOrdersAndNobodyElses() async throws {
        try await Fixture.with { shop in
            let first = try await shop.order(rugs: 2, lamps: 1)
            let second = try await shop.order(rugs: 3)
            _ = try await shop.order(rugs: 1, shop.bela)
            #expect(try await Self.reserved(shop) == [6, 1])
            let ended = try await Self.run(shop)
            #expect(ended.sorted() == [first, second].sorted())
            #expect(try await Self.states(shop) == "70 cancelled, 70 cancelled, 80 pending_payment")
            #expect(try await Self.reserved(shop) == [1, 0])
            // This process's memory, and everybody else's, knows of the units.
            #expect(await shop.inventory.row(Fixture.rug)?.reserved == 1)
            #expect(shop.news.told.withLock { Set($0) } == [Fixture.rug, Fixture.lamp])
            let reasons = try await shop.pool.query(
                "select count(*) from platform.outbox where type = 'order.cancelled'"
            ).only().int64(0)
            #expect(reasons == 2)
            // Done again, as a job is whose process died, it finds none.
            #expect(try await Self.run(shop) == [])
        }
    }
}

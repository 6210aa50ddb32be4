// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Orders

/// Stock is what the most requests meet on: it is locked last, when the answer stands, in the order of the variants, and a transaction
/// that the database ends for a deadlock runs again.
@Suite(.timeLimit(.minutes(5))) struct StockLastTests {
    private typealias Fixture = OrdersFixture

    /// An act on an order and its first part.
    private static let acts:
        [(name: String, run: @Sendable (OrdersFixture, String, String) async throws -> TestClient.Answer)] = [
            (
                "a seller rejects",
                { shop, _, part in
                    try await shop.move(
                        part, "rejected", extra: #","reason_code":"out_of_stock""#, key: "seller-0123456789abcdef")
                }
            ),
            (
                "the buyer cancels",
                { shop, id, _ in
                    try await shop.call(
                        "POST", "orders/cancel/", #"{"id":"\#(id)","reason_code":"changed_mind"}"#, by: shop.asha,
                        key: "buyer-0123456789abcdef")
                }
            ),
            (
                "an admin cancels",
                { shop, id, _ in
                    try await shop.call(
                        "POST", "admin/orders/cancel/", #"{"id":"\#(id)","reason_code":"fraud"}"#, by: shop.admin)
                }
            ),
        ]

    /// Fails when somebody has a row of stock.
    private static func expectFreeStock(_ shop: OrdersFixture, _ seen: Shared) async throws {
        try await shop.pool.execute("select 1 from inventory.stock order by variant_id for update nowait")
        seen.count.withLock { $0 += 1 }
    }

    @Test(arguments: 0...2) func answersAreReadWhileStockIsFree(_ act: Int) async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 2)
            let seen = Shared()
            shop.reading.then.withLock { $0 = { try await Self.expectFreeStock(shop, seen) } }
            let answer = try await Self.acts[act].run(shop, id, parts[0])
            shop.reading.then.withLock { $0 = nil }
            #expect(answer.status == 200, "\(Self.acts[act].name): \(answer.text)")
            #expect(seen.count.withLock { $0 } > 0)
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            #expect(shop.news.told.withLock { $0 } == [Fixture.rug])
            try await shop.expectLawful()
        }
    }

    private final class Shared: Sendable {
        let count = Mutex(0)
    }

    @Test func unpaidOrdersToo() async throws {
        try await Fixture.with { shop in
            let (first, second) = (try await shop.order(rugs: 1), try await shop.order(rugs: 1, lamps: 1))
            let seen = Shared()
            shop.reading.then.withLock { $0 = { try await Self.expectFreeStock(shop, seen) } }
            let released = try await shop.release(first)
            let cancelled = try await Self.acts[1].run(shop, second, "")
            shop.reading.then.withLock { $0 = nil }
            #expect(released.status == 200 && cancelled.status == 200, "\(released.text) \(cancelled.text)")
            #expect(seen.count.withLock { $0 } == 2)
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
        }
    }

    @Test(arguments: 0...2) func aDeadlockIsTriedAgain(_ act: Int) async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 2)
            // Raised as the database would, at the last step, twice: a sequence keeps count whatever is rolled back.
            try await shop.pool.execute("create sequence public.falls")
            try await shop.pool.execute(
                """
                create function public.fall() returns trigger language plpgsql as $$
                begin
                  if nextval('public.falls') <= 2 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
                  return new;
                end $$
                """)
            try await shop.pool.execute(
                "create trigger fall before update on inventory.stock for each row execute function public.fall()")
            let answer = try await Self.acts[act].run(shop, id, parts[0])
            #expect(answer.status == 200, "\(Self.acts[act].name): \(answer.text)")
            #expect(try await shop.count("select last_value from public.falls") == 3)
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            #expect(shop.news.told.withLock { $0 } == [Fixture.rug])
            #expect(
                try await shop.count(
                    "select count(*) from orders.history where to_status in ('rejected', 'cancelled') and seller_order_id is not null"
                ) == 1)
            try await shop.expectLawful()
        }
    }

    /// Sellers and buyers give rugs and lamps back from both sides while others order them: each gets
    /// its answer, and no unit is lost.
    @Test func sellersAndBuyersMeetOnTheSameUnits() async throws {
        try await Fixture.with { shop in
            var orders: [(id: String, parts: [String])] = []
            for _ in 0..<8 { orders.append(try await shop.paidOrder(rugs: 1, lamps: 1)) }
            let unpaid = try await shop.order(rugs: 1, lamps: 1)
            let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 1)], shop.bela)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for (index, order) in orders.enumerated() {
                    let isRug = index.isMultiple(of: 2)
                    group.addTask {
                        try await shop.move(
                            order.parts[isRug ? 0 : 1], "rejected", by: isRug ? shop.loom : shop.lux,
                            extra: #","reason_code":"out_of_stock""#
                        ).status
                    }
                    group.addTask {
                        try await shop.call(
                            "POST", "orders/cancel/",
                            #"{"id":"\#(order.id)","seller_order_ids":["\#(order.parts[isRug ? 1 : 0])"],"reason_code":"late"}"#,
                            by: shop.asha
                        ).status
                    }
                }
                group.addTask { try await shop.release(unpaid).status }
                group.addTask {
                    try await shop.create(Fixture.body(version: version, total: 17_700), shop.bela).status
                }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                return statuses
            }
            #expect(
                statuses.filter { $0 == 200 }.count == 17 && statuses.filter { $0 == 201 }.count == 1, "\(statuses)")
            #expect(try await shop.stock() == [[1000, 1], [1000, 1]])
            #expect(try await shop.count("select count(*) from orders.orders where status = 'cancelled'") == 9)
            try await shop.expectLawful()
        }
    }
}

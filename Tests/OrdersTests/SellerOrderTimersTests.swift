// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import Logging
import MarketCore
import MarketHTTP
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SellerOrderTimersTests {
    private typealias Fixture = OrdersFixture

    @Test func rejectsWhatNobodyAccepted() async throws {
        try await Fixture.with { shop in
            let late = try await shop.paidOrder(rugs: 2)
            let early = try await shop.paidOrder()
            #expect(await shop.timers.sweep() == 0)
            try await shop.pool.execute(
                "update orders.seller_orders set accept_by = now() where id = $1",
                try #require(SellerOrderID(late.parts[0])).rawValue)
            #expect(await shop.timers.sweep() == 1)
            #expect(await shop.timers.sweep() == 0)
            let order = try await shop.get("detail/?id=\(late.id)").json
            #expect(order["status"]?.string == "cancelled")
            let part = try #require(order["seller_orders"]?.elements?.first)
            #expect(part["status"]?.string == "rejected")
            #expect(part["history"]?.elements?.last?["actor"]?.string == "system")
            #expect(try await shop.stock() == [[1000, 1], [1000, 0]])
            #expect(await shop.inventory.row(Fixture.rug)?.reserved == 1)
            #expect(shop.news.told.withLock { $0 } == [Fixture.rug])
            #expect(try await shop.count("select sum(amount_minor)::int from refunds.refunds") == 23_600)
            #expect(try await shop.get("detail/?id=\(early.id)").json["status"]?.string == "confirmed")
            try await shop.expectLawful()
        }
    }

    /// All units of a part are refunded before it leaves: it ends, and no money is owed for it a second time.
    @Test func endsWhatWasRefundedWhole() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 2, lamps: 1)
            let part = try #require(SellerOrderID(parts[0])).rawValue
            _ = try await shop.pool.query(
                """
                select code from checkout.request_refund_v1(array[900001::bigint], array[900002::bigint], null, $1, '{}', '{}', '{}', null, null,
                  'wrong_item', null, false, 'seller', 'normal', null, 900, 1000000000, 'admin:900', null)
                """, part)
            let accepted = try await shop.move(parts[0], "accepted")
            #expect(accepted.status == 200, "until then it is as before")
            let timers = shop.timers
            let jobs = JobRunner(
                executor: shop.loop, store: JobStore(postgres: shop.pool),
                handlers: [SellerOrderTimers.refundedKind: { try await timers.endRefunded($0) }],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(await jobs.run() == 1)
            let order = try await shop.get("detail/?id=\(id)").json
            #expect(order["status"]?.string == "processing", "the other part goes on")
            #expect(order["seller_orders"]?.elements?.compactMap { $0["status"]?.string } == ["cancelled", "placed"])
            #expect(try await shop.stock() == [[1000, 0], [1000, 1]])
            #expect(await shop.inventory.row(Fixture.rug)?.reserved == 0)
            #expect(try await shop.count("select count(*)::int from refunds.refunds") == 1)
            try await shop.expectLawful()
        }
    }

    @Test func completesWhatMayNotComeBackAnyMore() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder()
            try await shop.lead(parts[0], to: "delivered")
            #expect(await shop.timers.sweep() == 0)
            try await shop.pool.execute("update orders.seller_orders set complete_at = now()")
            #expect(await shop.timers.sweep() == 1)
            let order = try await shop.get("detail/?id=\(id)").json
            #expect(order["status"]?.string == "completed")
            #expect(order["fulfilment_status"]?.string == "fulfilled")
            #expect(try await shop.count("select count(*) from ledger.entries where kind = 'earnings_released'") == 1)
            #expect(try await shop.count("select count(*) from platform.outbox where type = 'order.completed'") == 1)
            try await shop.expectLawful()
        }
    }

    @Test func completesAtOnceWhatMayNotComeBack() async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute(
                #"update catalog.products set return_policy = '{"days":0,"returnable":false}' where id = 31"#)
            let (id, parts) = try await shop.paidOrder()
            try await shop.lead(parts[0], to: "delivered")
            #expect(await shop.timers.sweep() == 1)
            #expect(try await shop.get("detail/?id=\(id)").json["status"]?.string == "completed")
        }
    }

    @Test func oneThatFailsDoesNotStopTheOthers() async throws {
        try await Fixture.with { shop in
            let broken = try await shop.paidOrder()
            let sound = try await shop.paidOrder()
            try await shop.pool.execute("update orders.seller_orders set accept_by = now()")
            // Whatever moves it fails.
            try await shop.pool.execute(
                """
                create function orders.refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$
                """)
            let number = try #require(SellerOrderID(broken.parts[0])).rawValue
            try await shop.pool.execute(
                PostgresSQL(
                    text: """
                        create trigger refuse before update on orders.seller_orders for each row
                          when (old.id = \(number)) execute function orders.refuse()
                        """))
            #expect(await shop.timers.sweep() == 1)
            #expect(try await shop.get("detail/?id=\(sound.id)").json["status"]?.string == "cancelled")
            #expect(try await shop.get("detail/?id=\(broken.id)").json["status"]?.string == "confirmed")
            // After a failure it waits before it tries that one again; others do not wait.
            try await shop.pool.execute("drop trigger refuse on orders.seller_orders")
            let later = try await shop.paidOrder()
            try await shop.pool.execute("update orders.seller_orders set accept_by = now() where status = 'placed'")
            await shop.timers.sweepWhenDue()
            #expect(try await shop.get("detail/?id=\(later.id)").json["status"]?.string == "cancelled")
            #expect(try await shop.get("detail/?id=\(broken.id)").json["status"]?.string == "confirmed")
            #expect(await shop.timers.sweep() == 1)
            #expect(try await shop.get("detail/?id=\(broken.id)").json["status"]?.string == "cancelled")
        }
    }
}

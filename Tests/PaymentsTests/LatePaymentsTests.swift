// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Testing

@testable import Payments

/// Money that comes after its order has ended.
@Suite(.timeLimit(.minutes(2)))
struct LatePaymentsTests {
    private typealias Shop = PaymentsFixture

    /// An order that ended unpaid, and whose capture is delivered afterwards.
    private static func late(_ shop: PaymentsFixture, _ order: Int64) async throws {
        try await shop.payableOrder(order)
        _ = try await shop.sql("select t.make_due('{\(order)}'); select checkout.expire_v1(10);")
        #expect(try await shop.state(order).hasPrefix("expired 0"))
        let captured = Shop.event("payment.captured", payment: "pay_late\(order)", order: "order_\(order)")
        #expect(try await shop.deliver(captured, event: "evt_\(order)").status == 200)
        #expect(try await shop.state(order).hasPrefix("expired 0"))
    }

    private static let jobs = "select string_agg(kind || ' ' || state, ', ' order by kind, key) from platform.jobs;"

    @Test func findsTheUnitsAndRevivesTheOrder() async throws {
        try await Shop.with { shop in
            try await Self.late(shop, 7)
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(try await shop.sql(Self.jobs) == "payment.late done")
            #expect(shop.changes.all.last == OrderID(rawValue: 7), "who waits for the order is woken")
            #expect(await shop.inventory.row(VariantID(rawValue: 100))?.reserved == 1)
            #expect(await shop.jobs.run() == 0)
        }
    }

    @Test func isOwedBackWhereTheUnitsAreGone() async throws {
        try await Shop.with { shop in
            try await Self.late(shop, 7)
            _ = try await shop.sql(
                "update inventory.stock set on_hand = 0, version = version + 1 where variant_id = 200;")
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.state(7) == "expired 0 0")
            // The refund stays where it can be seen: nothing here works it off.
            #expect(try await shop.sql(Self.jobs) == "payment.late done, payment.refund ready")
            #expect(
                try await shop.sql("select payload->>'reason' from platform.jobs where kind = 'payment.refund';")
                    == "stock_unavailable")
            #expect(await shop.jobs.run() == 0)
        }
    }

    @Test func aSecondCaptureStaysVisibleAsARefund() async throws {
        try await Shop.with { shop in
            try await shop.payableOrder(7)
            for number in 1...2 {
                let captured = Shop.event("payment.captured", payment: "pay_\(number)", order: "order_7")
                #expect(try await shop.deliver(captured, event: "evt_\(number)").status == 200)
            }
            #expect(await shop.jobs.run() == 0)
            #expect(try await shop.sql(Self.jobs) == "payment.refund_duplicate ready")
        }
    }

    /// A row that is locked for long is no reason to give the job up.
    @Test func aFailureIsTriedAgainAfterAPause() async throws {
        try await Shop.with { shop in
            try await Self.late(shop, 7)
            _ = try await shop.sql(
                """
                create function public.fail() returns trigger language plpgsql as $$
                begin raise exception 'not now' using errcode = '40001'; end $$;
                create trigger fail before update on orders.orders for each row execute function public.fail();
                """)
            #expect(await shop.jobs.run() == 1)
            #expect(
                try await shop.sql(
                    """
                    select state || ' ' || attempts || ' ' || (run_at > updated_at) || ' ' || (last_error like '%40001%')
                      from platform.jobs;
                    """) == "ready 1 true true")
            // The first pause is a second, which a busy machine may need for a statement.
            _ = try await shop.sql("update platform.jobs set run_at = run_at + interval '1 hour';")
            #expect(await shop.jobs.run() == 0, "not before its pause is over")
            _ = try await shop.sql("drop trigger fail on orders.orders; update platform.jobs set run_at = now();")
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Orders

/// What orders say of lines that were given back, to buyers, sellers and admins alike.
@Suite(.timeLimit(.minutes(5))) struct LineReturnTests {
    private typealias Fixture = OrdersFixture

    /// The first line of the order's first part, as each of its readers sees it.
    private static func seen(_ shop: OrdersFixture, _ id: String, _ part: String) async throws -> [JSONValue] {
        let bought = try await shop.get("detail/?id=\(id)")
        let sold = try await shop.call("GET", "sellers/orders/detail/?id=\(part)", by: shop.loom)
        let whole = try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.admin)
        return try [
            bought.json["seller_orders"]?.elements?.first?["lines"]?.elements?.first,
            sold.json["lines"]?.elements?.first,
            whole.json["seller_orders"]?.elements?.first?["lines"]?.elements?.first,
        ].map { try #require($0) }
    }

    @Test func anOrderThatIsMadeHasGivenNothingBack() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let created = try await shop.create(Fixture.body(version: version, total: 11_800))
            let read = try await shop.get("detail/?id=\(try created.json["id"]?.string ?? "")")
            for answer in [created, read] {
                let line = try answer.json["seller_orders"]?.elements?.first?["lines"]?.elements?.first
                #expect(line?["refunded_quantity"]?.int == 0 && line?["refunded_amount"]?["amount"]?.int == 0)
                #expect(line?["returnable_until"] == nil)
            }
        }
    }

    @Test func refundsAndTheWindowShowOnTheLine() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 3)
            for line in try await Self.seen(shop, id, parts[0]) { #expect(line["returnable_until"] == nil) }
            try await shop.lead(parts[0], to: "delivered")
            let ends = try await shop.pool.query("select complete_at from orders.seller_orders").only().timestamp(0)
            for line in try await Self.seen(shop, id, parts[0]) {
                #expect(line["refunded_quantity"]?.int == 0)
                #expect(line["returnable_until"]?.string == "\(Timestamp(microseconds: ends))")
            }
            try await shop.pool.execute(
                """
                insert into refunds.refunds (id, request_id, origin, order_id, seller_order_id, payment_id, provider, provider_payment_id,
                                             user_id, amount_minor, currency, status, cause, funded_by)
                select 7, 7, 'manual', o.id, s.id, p.id, 'razorpay', p.provider_payment_id, o.user_id, 11800, 'INR', 'requested', 'damaged', 'seller'
                  from orders.orders o join orders.seller_orders s on s.order_id = o.id join payments.payments p on p.order_id = o.id
                """)
            try await shop.pool.execute(
                """
                insert into refunds.parts (refund_id, part_no, order_id, seller_order_id, kind, line_id, quantity, amount_minor,
                                           taxable_minor, cgst_minor, sgst_minor)
                select 7, 1, order_id, seller_order_id, 'line', id, 1, 11800, 10000, 900, 900 from orders.order_lines
                """)
            // Asked for, not decided: nothing goes back yet.
            for line in try await Self.seen(shop, id, parts[0]) { #expect(line["refunded_quantity"]?.int == 0) }
            try await shop.pool.execute("update refunds.refunds set status = 'approved'")
            for line in try await Self.seen(shop, id, parts[0]) {
                #expect(line["refunded_quantity"]?.int == 1 && line["refunded_amount"]?["amount"]?.int == 11_800)
                #expect(line["returnable_until"] != nil)
            }
            // What the invariants say of a refund that nobody has made is not this test's.
            try await shop.pool.execute("delete from refunds.parts")
            try await shop.pool.execute("delete from refunds.refunds")
        }
    }
}

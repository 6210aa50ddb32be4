// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Orders

/// What a part has earned is shown to its seller and to admins, once it is earned.
@Suite(.timeLimit(.minutes(5))) struct SellerPayoutTests {
    private typealias Fixture = OrdersFixture

    @Test func itIsShownToSellerAndAdminsOnceEarned() async throws {
        try await Fixture.with { shop in
            let (id, parts) = try await shop.paidOrder(rugs: 1, lamps: 1)
            let early = try await shop.call("GET", "sellers/orders/detail/?id=\(parts[0])", by: shop.loom)
            #expect(try early.json["status"]?.string == "placed" && early.json["payout"] == nil)
            try await shop.pool.execute(
                """
                insert into ledger.shares (seller_order_id, order_id, seller_id, currency, total_minor, earned_at, net_minor, net_left)
                select s.id, s.order_id, s.seller_id, 'INR', s.total_minor, now(), s.total_minor, s.total_minor
                  from orders.seller_orders s where s.id = $1
                """, try #require(SellerOrderID(parts[0])).rawValue)
            let sold = try await shop.call("GET", "sellers/orders/detail/?id=\(parts[0])", by: shop.loom)
            let payout = try sold.json["payout"]
            #expect(
                ["earned", "commission", "tax_withheld", "net"].map { payout?[$0]?["amount"]?.int }
                    == [11_800, 1180, 118, 10_502])
            let whole = try await shop.call("GET", "admin/orders/detail/?id=\(id)", by: shop.admin)
            let seen = try whole.json["seller_orders"]?.elements?.map { $0["payout"]?["net"]?["amount"]?.int }
            #expect(seen == [10_502, nil])
            let bought = try await shop.get("detail/?id=\(id)")
            #expect(bought.status == 200 && !bought.text.contains("payout"))
            try await shop.pool.execute("delete from ledger.shares")
        }
    }
}

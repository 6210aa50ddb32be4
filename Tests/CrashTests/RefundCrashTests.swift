// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// The server kills itself between every two steps of carrying a refund to the provider, and is started again: the provider
/// has one refund, the books have it once, and it is processed.
@Suite(.timeLimit(.minutes(10)), .serialized) struct RefundCrashTests {
    /// The steps of the job.
    static let points = CrashPoint.allCases.filter { $0.rawValue.hasPrefix("refund.") }

    /// A share that goes back, and where it was paid.
    private struct Share {
        let refund: Int64
        let payment: String
        let amount: String
    }

    @Test func aKillAtAnyStepEndsInOneRefund() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            for (index, point) in Self.points.enumerated() {
                try await shop.start(crashAt: point.rawValue)
                let order = try await buyer.paidOrder().order.rawValue
                let share = try await owe(order, 900_000_000 + Int64(index), in: shop)
                try await shop.killedItself(at: point)
                // The claim of a job stands for a minute, and dies with its process: the test makes it pass.
                _ = try await shop.store.sql("update platform.jobs set run_at = now() where kind = 'refund.submit';")
                try await shop.start()
                try await processed(share, in: shop)
                try await checkProvider(share, in: shop)
                try await shop.kill()
            }
            try await Comparison.checkInvariants(shop)
            let broken = try await shop.store.sql(
                "select name, value from platform.invariants_of_refunds_v1() where value <> 0;")
            #expect(broken == "")
        }
    }

    /// The provider did it and its answer got lost: it is asked, and nothing is sent a second time.
    @Test func aLostAnswerEndsInOneRefund() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            try await shop.start()
            let order = try await buyer.paidOrder().order.rawValue
            try await shop.control("POST", "/control/faults", #"{"close_after_effect":true}"#)
            let share = try await owe(order, 950_000_000, in: shop)
            try await shop.until(
                "select count(*) from platform.jobs where kind = 'refund.submit' and state = 'ready' and attempts > 0;")
            try await shop.control("DELETE", "/control/faults")
            try await processed(share, in: shop)
            try await checkProvider(share, in: shop)
        }
    }

    private func owe(_ order: Int64, _ refund: Int64, in shop: CrashShop) async throws -> Share {
        let rows = try await shop.store.rows(
            """
            select checkout.owe_refund_v1(\(refund), \(refund) + 1000, s.id, 'cancelled', 'system', null),
                   (select p.provider_payment_id from payments.provider_payments p where p.order_id = s.order_id)
              from orders.seller_orders s where s.order_id = \(order) order by s.id limit 1;
            """)
        let row = try #require(rows.first)
        return Share(refund: refund, payment: String(row[1]), amount: String(row[0]))
    }

    /// Lets the bank be done with it.
    private func processed(_ share: Share, in shop: CrashShop) async throws {
        try await shop.passTime {
            let rows = try await shop.store.rows("select status from refunds.refunds where id = \(share.refund);")
            return rows == [["processed"]]
        }
    }

    /// What the provider's own books say.
    private func checkProvider(_ share: Share, in shop: CrashShop) async throws {
        let items = try await shop.asMerchant("GET", "/v1/payments/\(share.payment)/refunds")["items"]?.elements ?? []
        #expect(items.count == 1)
        #expect(items.first?["amount"]?.int64.map { "\($0)" } == share.amount)
        #expect(items.first?["receipt"]?.string == "rf_\(share.refund)_1")
    }
}

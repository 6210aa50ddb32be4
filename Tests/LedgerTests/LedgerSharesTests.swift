// SPDX-License-Identifier: Apache-2.0
import Ledger
import MarketCore
import Postgres
import TestRoutes
import Testing

@Suite(.timeLimit(.minutes(2))) struct LedgerSharesTests {
    @Test func partsThatHaveEarnedSayWhatIsLeft() async throws {
        try await LedgerFixture.with { shop in
            // Of 10,000 earned by the first 4,000 went back; the second has not earned.
            try await shop.base.script(
                """
                insert into ledger.shares (seller_order_id, order_id, seller_id, currency, total_minor, returned_minor, earned_at,
                       net_minor, commission_minor, gst_minor, tcs_minor, tds_minor, net_left, commission_left, gst_left, tcs_left, tds_left)
                values (1, 7, 11, 'INR', 10000, 4000, now(), 8700, 1000, 180, 100, 20, 5220, 600, 108, 60, 12),
                       (2, 7, 12, 'INR', 500, 0, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
                """)
            let shares = try await ledgerShares(of: OrderID(rawValue: 7), in: shop.base.pool)
            #expect(shares.count == 1)
            let share = try #require(shares[SellerOrderID(rawValue: 1)])
            #expect([share.earned, share.commission, share.taxWithheld, share.net] == [6000, 708, 72, 5220])
            let none = try await ledgerShares(of: OrderID(rawValue: 8), in: shop.base.pool)
            #expect(none.isEmpty)
        }
    }
}

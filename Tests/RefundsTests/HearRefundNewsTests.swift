// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

@testable import Refunds

@Suite(.timeLimit(.minutes(5))) struct HearRefundNewsTests {
    private func news(
        _ refund: String, of order: Int64, _ status: String, amount: Int64 = 3_000, receipt: String? = nil,
        isCaptured: Bool? = true
    ) -> ProviderRefundNews {
        ProviderRefundNews(
            provider: "razorpay", refund: refund, payment: "pay_\(order)", providerOrder: "order_\(order)", paid: 6_000,
            isCaptured: isCaptured, amount: amount, currency: "INR", status: status, speedProcessed: "normal",
            receipt: receipt, actor: "razorpay", requestID: nil)
    }

    private func hear(_ shop: RefundsFixture, _ news: ProviderRefundNews) async throws -> RefundNewsOutcome {
        let hear = shop.news
        return try await shop.base.pool.withTransaction { try await hear.hear(news, in: $0) }
    }

    @Test func processedBeforeCreatedAndTwice() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 3))]"#)
            await shop.jobs.run()
            let order = OrderID(rawValue: 7)
            #expect(try await hear(shop, news("rfnd_1", of: 7, "processed")) == .applied(order))
            #expect(try await hear(shop, news("rfnd_1", of: 7, "pending")) == .unchanged)
            #expect(try await hear(shop, news("rfnd_1", of: 7, "processed")) == .unchanged)
            #expect(try await shop.states(7) == "processed 3000")
        }
    }

    @Test func newsOvertakesTheAnswer() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 3))]"#)
            shop.bank.next(.losesAnswer)
            await shop.jobs.run()
            let receipt = try #require(shop.bank.refunds.first?.receipt)
            let stranger = try await hear(shop, news("rfnd_1", of: 7, "processed"))
            #expect(stranger == .waiting("a call of ours is under way"), "without a receipt it may be ours")
            let ours = try await hear(shop, news("rfnd_1", of: 7, "processed", receipt: receipt))
            #expect(ours == .applied(OrderID(rawValue: 7)))
            try await shop.workAtOnce()
            #expect(try await shop.states(7) == "processed 3000")
            #expect(shop.bank.refunds.count == 1)
        }
    }

    @Test func aFailureAfterProcessedIsAskedAbout() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 3))]"#)
            shop.bank.next(.answers("processed"))
            await shop.jobs.run()
            _ = try await hear(shop, news("rfnd_1", of: 7, "failed"))
            #expect(try await shop.states(7) == "processed 3000", "one word against another")
            await shop.jobs.run()
            #expect(try await shop.states(7) == "processed 3000", "the provider says it is processed")
            #expect(shop.bank.calls.last == "fetch rfnd_1")
            shop.bank.set("rfnd_1", "failed")
            _ = try await hear(shop, news("rfnd_1", of: 7, "failed"))
            await shop.jobs.run()
            #expect(try await shop.states(7) == "failed 3000 provider_failed")
        }
    }

    @Test func processedAfterAFailureIsAskedAbout() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.refund(7, #","lines":[\#(RefundsFixture.line(7, 1, quantity: 3))]"#)
            shop.bank.next(.answers("pending"))
            await shop.jobs.run()
            _ = try await hear(shop, news("rfnd_1", of: 7, "failed"))
            shop.bank.set("rfnd_1", "failed")
            _ = try await hear(shop, news("rfnd_1", of: 7, "processed"))
            #expect(try await shop.states(7) == "failed 3000 provider_failed", "one word against another")
            await shop.jobs.run()
            #expect(try await shop.states(7) == "failed 3000 provider_failed", "the provider says it has failed")
            #expect(shop.bank.calls.last == "fetch rfnd_1")
            shop.bank.set("rfnd_1", "processed")
            _ = try await hear(shop, news("rfnd_1", of: 7, "processed"))
            await shop.jobs.run()
            #expect(try await shop.states(7) == "processed 3000")
        }
    }

    @Test func madeInTheDashboard() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            let order = OrderID(rawValue: 7)
            #expect(try await hear(shop, news("rfnd_x", of: 7, "pending", amount: 500)) == .applied(order))
            #expect(try await hear(shop, news("rfnd_x", of: 7, "processed", amount: 500)) == .applied(order))
            #expect(try await shop.states(7) == "processed 500")
            await shop.jobs.run()
            #expect(shop.bank.calls.isEmpty, "it was made already")
            #expect(try await hear(shop, news("rfnd_y", of: 99, "processed")) == .waiting("no payment of ours"))
            let much = try await hear(shop, news("rfnd_z", of: 7, "processed", amount: 5_501))
            #expect(much == .waiting("refunds of ours take that money"))
        }
    }

    @Test func beforeTheCaptureAndWithoutOne() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7, paying: 0)
            try await shop.buy(8, paying: 0)
            _ = try await hear(shop, news("rfnd_7", of: 7, "processed", amount: 6_000))
            _ = try await hear(shop, news("rfnd_8", of: 8, "processed", amount: 6_000, isCaptured: false))
            let states = try await shop.sql(
                """
                select string_agg(p.status || ' ' || o.status || ' ' || o.payment_rank, ', ' order by o.id)
                  from payments.payments p join orders.orders o on o.id = p.order_id;
                """)
            #expect(states == "refunded pending_payment 0, voided pending_payment 0")
        }
    }
}

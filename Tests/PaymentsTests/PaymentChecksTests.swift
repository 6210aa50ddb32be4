// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import Payments

/// The questions to the provider about attempts that have not ended.
@Suite(.timeLimit(.minutes(2)))
struct PaymentChecksTests {
    private static let due = "update payments.payments set next_check_at = now();"

    @Test func aLostWebhookIsMadeGoodByAsking() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
            #expect(await shop.checks.sweep() == 0)
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
            // Ended: never asked again.
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 0)
        }
    }

    @Test func theQuestionsFollowTheirSchedule() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let next =
                "select round(extract(epoch from next_check_at - created_at)) from payments.payments;"
            var times = [try await shop.sql(next)]
            for _ in 0..<9 {
                _ = try await shop.sql(Self.due)
                #expect(await shop.checks.sweep() == 1)
                times.append(try await shop.sql(next))
            }
            #expect(
                times == ["30", "120", "600", "3600", "21600", "86400", "172800", "259200", "345600", "432000"])
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.sql(next) == "")
        }
    }

    @Test func aBuyersRefreshAsksEveryFiveSecondsAtMost() async throws {
        try await PaymentsFixture.with { shop in
            for order in Int64(7)...8 { try await shop.payableOrder(order) }
            let (checks, time) = (shop.timedChecks, shop.time)
            await checks.refresh(PaymentID(rawValue: 7))
            #expect(shop.provider.calls.count == 1)
            time.advance(PaymentChecks.refreshPause - 1)
            await checks.refresh(PaymentID(rawValue: 7))
            #expect(shop.provider.calls.count == 1)
            // Another attempt is another question.
            await checks.refresh(PaymentID(rawValue: 8))
            #expect(shop.provider.calls.count == 2)
            time.advance(1)
            await checks.refresh(PaymentID(rawValue: 7))
            #expect(
                shop.provider.calls.map(\.path) == [
                    "/v1/orders/order_7/payments", "/v1/orders/order_8/payments", "/v1/orders/order_7/payments",
                ])
            #expect(PaymentChecks.refreshPause == 5_000_000_000)
        }
    }

    @Test func anIntentWhoseCallNeverAnsweredIsCompleted() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.order(7)
            shop.provider.use { _ in (500, "{}") }
            #expect(try await shop.initiate(7).status == 503)
            shop.provider.use(nil)
            _ = try await shop.sql(Self.due)
            // Its request may still be calling.
            #expect(await shop.checks.sweep() == 0)
            _ = try await shop.sql(
                "update payments.payments set created_at = now() - interval '61 seconds';")
            #expect(await shop.checks.sweep() == 1)
            #expect(
                try await shop.sql("select status, provider_order_id from payments.payments;")
                    == "initiated|order_Prov1")
        }
    }

    @Test func twoSweepersAskOnce() async throws {
        try await PaymentsFixture.with { shop in
            for id in Int64(1)...8 { try await shop.payableOrder(id) }
            _ = try await shop.sql(Self.due)
            async let first = shop.checks.sweep()
            async let second = shop.secondChecks.sweep()
            #expect(await first + second == 8)
            #expect(shop.provider.calls.count == 8)
        }
    }

    @Test func aProviderThatIsAwayIsAskedAgainLater() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.use { _ in (500, "{}") }
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.state(7) == "pending_payment 0 1")
            shop.provider.use(nil)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }

    @Test func refundedMoneyPaysNothing() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000, status: "refunded")
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.state(7) == "pending_payment 0 1")
        }
    }
}

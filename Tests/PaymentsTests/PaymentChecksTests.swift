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

    @Test func fourAreAskedAboutAtATime() async throws {
        try await PaymentsFixture.with { shop in
            for id in Int64(1)...8 { try await shop.payableOrder(id) }
            _ = try await shop.sql(Self.due)
            // One after another they would wait for each other for ever, or until their time is over.
            shop.provider.answerTogether(PaymentChecks.atOnce)
            #expect(await shop.checks.sweep() == 8)
            #expect(try await shop.sql("select sum(checks) from payments.payments;") == "8")
        }
    }

    @Test(arguments: [500, 429]) func aProviderThatIsAwayUsesUpNoQuestions(_ status: Int) async throws {
        try await PaymentsFixture.with { shop in
            for id in Int64(1)...20 { try await shop.payableOrder(id) }
            shop.provider.use { _ in (status, "{}") }
            _ = try await shop.sql(Self.due)
            let asked = await shop.checks.sweep()
            #expect(asked == shop.provider.calls.count && asked <= PaymentChecks.atOnce)
            #expect(try await shop.sql("select sum(checks) from payments.payments;") == "0")
            // Those that were asked about wait for a moment, the others are due.
            #expect(
                try await shop.sql("select count(*) from payments.payments where next_check_at <= now();")
                    == "\(20 - asked)")
            shop.provider.use(nil)
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 20)
            // An answer is one, whatever it says; and a day after the last of the schedule every question counts.
            shop.provider.use { _ in (status, "{}") }
            _ = try await shop.sql("update payments.payments set created_at = now() - interval '7 days';" + Self.due)
            #expect(await shop.checks.sweep() <= PaymentChecks.atOnce)
            #expect(try await shop.sql("select min(checks) || ' ' || max(checks) from payments.payments;") == "2 2")
        }
    }

    @Test func authorizedMoneyIsAskedAboutFirst() async throws {
        try await PaymentsFixture.with { shop in
            for id in Int64(1)...6 { try await shop.payableOrder(id) }
            _ = try await shop.sql(Self.due)
            _ = try await shop.sql(
                #"select t.pay('[{"event":"e6","type":"payment.authorized","action":2,"po":"order_6","pp":"pay_6","amount":2000}]');"#
            )
            _ = try await shop.sql(
                "update payments.payments set next_check_at = now() - interval '1 second' * (10 - id);")
            let due = try await shop.store.takeDueChecks(limit: 2)
            #expect(Set(due.map(\.payment.rawValue)) == [1, 6])
        }
    }

    @Test func whatWaitsIsMatchedWhileTheProviderDoesNotAnswer() async throws {
        try await PaymentsFixture.with { shop in
            let event = PaymentsFixture.event("payment.captured", order: "order_7")
            #expect(try await shop.deliver(event).status == 200)
            try await shop.payableOrder(7)
            try await shop.payableOrder(8)
            _ = try await shop.sql(Self.due + "update payments.payments set next_check_at = null where id = 7;")
            shop.provider.answerTogether(2)
            async let asked = shop.checks.sweep()
            while shop.provider.calls.isEmpty { _ = try await shop.sql("select 1;") }
            await shop.checks.match()
            #expect(try await shop.state(7) == "confirmed 3 2")
            shop.provider.answerTogether(1)
            #expect(await asked == 1)
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

// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import Payments

/// Authorized money that the provider does not take by itself.
@Suite(.timeLimit(.minutes(2)))
struct CaptureAuthorizedTests {
    private static let due = "update payments.payments set next_check_at = now();"
    private static let attempt = "select status || ' ' || rank from payments.payments;"

    private static func authorize(_ shop: PaymentsFixture, amount: Int = 2000, currency: String = "INR") async throws {
        try await shop.payableOrder(7)
        shop.provider.add(
            payment: "pay_Sbx1", order: "order_7", amount: amount, status: "authorized", currency: currency)
        let answer = try await shop.deliver(
            PaymentsFixture.event(
                "payment.authorized", order: "order_7", amount: amount, status: "authorized", currency: currency))
        #expect(answer.status == 200)
        #expect(try await shop.sql(attempt) == "authorized 2")
    }

    private static func captures(_ shop: PaymentsFixture) -> [ScriptedProvider.Call] {
        shop.provider.calls.filter { $0.path.hasSuffix("/capture") }
    }

    @Test func theProviderIsAskedSoonAndToldToTakeIt() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.authorize(shop)
            #expect(
                try await shop.sql("select next_check_at <= now() + interval '20 seconds' from payments.payments;")
                    == "t")
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(
                Self.captures(shop) == [
                    .init(
                        method: "POST", path: "/v1/payments/pay_Sbx1/capture",
                        body: #"{"amount":2000,"currency":"INR"}"#)
                ])
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(try await shop.sql(Self.attempt) == "captured 3")
            // The event of it changes nothing more.
            let answer = try await shop.deliver(
                PaymentsFixture.event("payment.captured", order: "order_7"), event: "evt_2")
            #expect(answer.status == 200)
            #expect(try await shop.sql("select count(*) from ledger.entries;") == "1")
        }
    }

    @Test func twoSweepersCaptureOnce() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.authorize(shop)
            for _ in 0..<2 {
                _ = try await shop.sql(Self.due)
                async let first = shop.checks.sweep()
                async let second = shop.secondChecks.sweep()
                _ = await first + second
            }
            #expect(Self.captures(shop).count == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }

    @Test func aLostAnswerIsAskedForAgain() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.authorize(shop)
            let provider = shop.provider
            provider.use { [provider] call in
                guard call.path.hasSuffix("/capture") else { return provider.answer(call) }
                // It happened, and its answer does not arrive.
                _ = provider.answer(call)
                return (502, "{}")
            }
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.sql(Self.attempt) == "authorized 2")
            provider.use(nil)
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(Self.captures(shop).count == 1)
        }
    }

    @Test func whatWasTakenAlreadyIsBooked() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.authorize(shop)
            let provider = shop.provider
            // Captured between our question and our call.
            provider.use { [provider] call in
                guard call.path.hasSuffix("/capture") else { return provider.answer(call) }
                _ = provider.answer(call)
                return provider.answer(call)
            }
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }

    @Test("what no order waits for is never taken", arguments: ["cancelled", "expired", "less", "currency"])
    func neverTaken(_ reason: String) async throws {
        try await PaymentsFixture.with { shop in
            try await Self.authorize(
                shop, amount: reason == "less" ? 1999 : 2000, currency: reason == "currency" ? "USD" : "INR")
            switch reason {
            case "cancelled":
                _ = try await shop.sql("select count(*) from checkout.cancel_v1('{7}', '{7}', 'user:7', null, null);")
            case "expired":
                _ = try await shop.sql("select t.make_due('{7}'); select count(*) from checkout.expire_v1(10);")
            default: break
            }
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(Self.captures(shop).isEmpty)
            #expect(try await shop.sql(Self.attempt) == "voided 2")
            #expect(try await shop.sql("select count(*) from platform.outbox where type = 'payment.voided';") == "1")
            // Ended: not asked about again.
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 0)
        }
    }

    @Test func whatTheProviderGaveBackIsVoided() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.authorize(shop)
            shop.provider.use { call in
                guard call.path.hasSuffix("/payments") else { return nil }
                let payment = ScriptedProvider.payment("pay_Sbx1", order: "order_7", amount: 2000, status: "refunded")
                    .replacing(#""notes":[]"#, with: #""captured":false"#)
                return (200, #"{"entity":"collection","count":1,"items":[\#(payment)]}"#)
            }
            _ = try await shop.sql(Self.due)
            #expect(await shop.checks.sweep() == 1)
            #expect(try await shop.sql(Self.attempt) == "voided 2")
            #expect(try await shop.state(7) == "pending_payment 0 1", "nothing of it is set aside any more")
            #expect(shop.changes.all.last == OrderID(rawValue: 7), "who waits for the order is woken")
            #expect(try await shop.initiate(7).status == 201)
        }
    }
}

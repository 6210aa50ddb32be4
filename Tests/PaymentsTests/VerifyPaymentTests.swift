// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Testing

@testable import Payments

/// `POST /api/payments/verify/` and `GET /api/payments/status/`.
@Suite(.timeLimit(.minutes(2)))
struct VerifyPaymentTests {
    private static func verify(
        _ shop: PaymentsFixture, order: String, payment: String = "pay_Sbx1", user: Int64 = 7,
        signature: String? = nil, key: String? = nil
    ) async throws -> PaymentsFixture.Answer {
        let right = HMACSHA256(key: Array(PaymentsFixture.keySecret.utf8)).code("\(order)|\(payment)").hex
        return try await shop.call(
            "POST", "/api/payments/verify/",
            #"{"razorpay_order_id":"\#(order)","razorpay_payment_id":"\#(payment)","razorpay_signature":"\#(signature ?? right)"}"#,
            user: user, key: key)
    }

    @Test func whatTheCheckoutReturnedPaysOnceTheProviderConfirmsIt() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
            let answer = try await Self.verify(shop, order: "order_7", key: "v")
            #expect(answer.status == 200)
            #expect(try answer.json["payment"]?["status"]?.string == "captured")
            #expect(try answer.json["order"]?["status"]?.string == "confirmed")
            #expect(try answer.json["order"]?["payment_status"]?.string == "paid")
            #expect(shop.changes.all == [OrderID(rawValue: 7)])
            let again = try await Self.verify(shop, order: "order_7", key: "v")
            #expect(again.isReplay && again.response.body == answer.response.body)
            // Settled: the provider is not asked a second time.
            let calls = shop.provider.calls.count
            #expect(try await Self.verify(shop, order: "order_7").status == 200)
            #expect(shop.provider.calls.count == calls)
            #expect(
                try await shop.sql(
                    "select actor from orders.history where order_id = 7 and event = 'paid' and seller_order_id is null;"
                )
                    == "verify")
        }
    }

    @Test func webhookAndVerifyTogetherCountOnce() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<10 {
                    tasks.addTask {
                        let body = PaymentsFixture.event("payment.captured", order: "order_7")
                        let answer = try await shop.deliver(body, event: "evt_\(number % 3)")
                        #expect(answer.status == 200)
                    }
                    tasks.addTask {
                        let answer = try await Self.verify(shop, order: "order_7")
                        #expect(answer.status == 200)
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(try await shop.sql("select count(*) from ledger.entries;") == "1")
        }
    }

    @Test func aWrongSignatureIsRefusedBeforeTheProviderIsAsked() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let wrong = String(repeating: "0", count: 64)
            #expect(try await Self.verify(shop, order: "order_7", signature: wrong).code == "signature-invalid")
            #expect(try await Self.verify(shop, order: "order_7", signature: "short").code == "signature-invalid")
            #expect(try await Self.verify(shop, order: "order_8").code == "not-found")
            #expect(try await Self.verify(shop, order: "order_7", user: 8).code == "not-found")
            #expect(try await Self.verify(shop, order: "order_7", payment: "../orders").code == "validation-failed")
            #expect(shop.provider.calls.isEmpty)
        }
    }

    @Test func aSignatureSaysNothingAboutMoney() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000, status: "failed")
            shop.provider.add(payment: "pay_Sbx2", order: "order_7", amount: 100)
            shop.provider.add(payment: "pay_Sbx3", order: "order_9", amount: 2000)
            let failed = try await Self.verify(shop, order: "order_7")
            #expect(try failed.json["order"]?["payment_status"]?.string == "unpaid")
            let short = try await Self.verify(shop, order: "order_7", payment: "pay_Sbx2")
            #expect(try short.json["order"]?["payment_status"]?.string == "unpaid")
            // The provider itself says that it belongs to another order.
            let foreign = try await Self.verify(shop, order: "order_7", payment: "pay_Sbx3")
            #expect(foreign.code == "payment-provider-unavailable")
            #expect(try await shop.state(7) == "pending_payment 0 1")
        }
    }

    @Test func aProviderThatIsAwayIsNoFailureOfThePayment() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.provider.use { _ in (503, "{}") }
            #expect(try await Self.verify(shop, order: "order_7", key: "v").code == "payment-provider-unavailable")
            shop.provider.use(nil)
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
            #expect(try await Self.verify(shop, order: "order_7", key: "v").status == 200)
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }

    @Test func statusTellsAttemptAndOrder() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let byOrder = "/api/payments/status/?order_id=\(OrderID(rawValue: 7))"
            let answer = try await shop.call("GET", byOrder, user: 7)
            #expect(answer.status == 200)
            let payment = try #require(try answer.json["payment"]?["id"]?.string)
            #expect(try answer.json["order"]?["status"]?.string == "pending_payment")
            let byPayment = try await shop.call("GET", "/api/payments/status/?payment_id=\(payment)", user: 7)
            #expect(byPayment.response.body == answer.response.body)
            #expect(try await shop.call("GET", byOrder, user: 8).code == "not-found")
            #expect(try await shop.call("GET", byOrder).code == "token-missing")
            for (target, code) in [
                ("/api/payments/status/", "validation-failed"),
                ("\(byOrder)&payment_id=\(payment)", "validation-failed"),
                ("\(byOrder)&refresh=1", "malformed-request"), ("/api/payments/status/?order_id=x", "not-found"),
            ] {
                #expect(try await shop.call("GET", target, user: 7).code == code, "\(target)")
            }
            #expect(try await shop.call("GET", "\(byOrder)&x=1", user: 7).code == "unknown-parameter")
        }
    }

    @Test func refreshAsksTheProviderAndNotTooOften() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let target = "/api/payments/status/?order_id=\(OrderID(rawValue: 7))&refresh=true"
            _ = try await shop.call("GET", target, user: 7)
            #expect(shop.provider.calls.map(\.path) == ["/v1/orders/order_7/payments"])
            shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
            _ = try await shop.call("GET", target, user: 7)
            #expect(shop.provider.calls.count == 1)
            #expect(try await shop.state(7) == "pending_payment 0 1")
        }
    }
}

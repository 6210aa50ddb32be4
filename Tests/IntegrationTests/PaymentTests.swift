// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// From the order to the money, with the real server, the provider's real sandbox and its signed webhooks.
@Suite(.timeLimit(.minutes(5)), .serialized) struct PaymentTests {
    @Test func aSignedWebhookMakesTheOrderPaid() async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            let checkout = try await shop.initiate(order, key: "pay")
            #expect(checkout.status == 201)
            let provider = try #require(try checkout.json["checkout"]?["razorpay_order_id"]?.string)
            let again = try await shop.initiate(order, key: "pay")
            #expect(again.isReplay && again.body == checkout.body)
            let paid = try await shop.pay(provider, #"{"outcome":"captured","method":"card"}"#)
            #expect(paid["razorpay_order_id"]?.string == provider)
            #expect(try await shop.paymentStatus(of: order, after: 1) == "paid")
            let status = try await shop.live.client.get("/api/payments/status/?order_id=\(order)", token: shop.token)
            #expect(try status.json["payment"]?["status"]?.string == "captured")
            #expect(try status.json["payment"]?["method"]?.string == "card")
            #expect(try status.json["order"]?["status"]?.string == "confirmed")
            let detail = try await shop.live.client.get("/api/orders/detail/?id=\(order)", token: shop.token)
            #expect(try detail.json["payments"]?.elements?.first?["status"]?.string == "captured")
            let late = try await shop.initiate(order, key: "late")
            #expect(late.code == "already-paid")
        }
    }

    @Test func deliveriesThatComeTwentyFoldCountOnce() async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            let provider = try await shop.checkout(order)
            // Authorized, captured and paid, each with ten copies at once, last ones first.
            try await shop.control("POST", "/control/faults", #"{"duplicate":10,"reorder":true}"#)
            _ = try await shop.pay(provider, #"{"outcome":"captured"}"#)
            #expect(try await shop.paymentStatus(of: order, after: 1) == "paid")
            #expect(try await shop.deliveries(atLeast: 22, status: 200))
            let counts = try await shop.live.database.text(
                """
                select (select count(*) from ledger.entries), (select paid_minor from orders.orders),
                       (select count(*) from platform.outbox where type = 'order.confirmed'),
                       (select count(*) from payments.events where state <> 'processed');
                """)
            #expect(counts == "1|\(Fixture.price)|1|0")
        }
    }

    @Test func aBadSignatureChangesNothingAndItsReplayDoes() async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            let provider = try await shop.checkout(order)
            try await shop.control("POST", "/control/faults", #"{"bad_signature":true}"#)
            _ = try await shop.pay(provider, #"{"outcome":"captured"}"#)
            #expect(try await shop.deliveries(atLeast: 1, status: 400))
            #expect(try await shop.live.database.text("select count(*) from payments.events;") == "0")
            #expect(try await shop.paymentStatus(of: order) == "unpaid")
            try await shop.control("DELETE", "/control/faults")
            // What was signed wrongly stays so in all its tries; a replay is signed anew.
            let event = try #require(try await shop.event("payment.captured"))
            try await shop.control("POST", "/control/webhooks/replay", #"{"event_id":"\#(event)"}"#)
            #expect(try await shop.paymentStatus(of: order, after: 1) == "paid")
        }
    }

    @Test(arguments: [#""amount":11799"#, #""amount":11801"#, #""currency":"USD""#])
    func moneyThatIsNotWhatWasAskedForDoesNotPay(_ what: String) async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            let provider = try await shop.checkout(order)
            _ = try await shop.pay(provider, #"{"outcome":"captured",\#(what)}"#)
            #expect(try await shop.deliveries(atLeast: 1, status: 200, event: "payment.captured"))
            #expect(try await shop.paymentStatus(of: order) == "unpaid")
            let flagged = try await shop.live.database.text(
                """
                select mismatch, (select kind from platform.jobs where kind like 'payment.%' and kind <> 'payment.reconcile')
                  from payments.payments;
                """)
            #expect(flagged == "t|payment.review")
        }
    }

    @Test func aFailedAttemptLeavesTheOrderOpen() async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            let provider = try await shop.checkout(order)
            _ = try await shop.pay(provider, #"{"outcome":"failed"}"#)
            #expect(try await shop.deliveries(atLeast: 1, status: 200, event: "payment.failed"))
            let status = try await shop.live.client.get("/api/payments/status/?order_id=\(order)", token: shop.token)
            #expect(try status.json["payment"]?["status"]?.string == "failed")
            #expect(try status.json["payment"]?["failure"]?["code"]?.string != nil)
            #expect(try status.json["order"]?["payment_status"]?.string == "unpaid")
            _ = try await shop.pay(provider, #"{"outcome":"captured"}"#)
            #expect(try await shop.paymentStatus(of: order, after: 1) == "paid")
        }
    }

    @Test func whatTheBrowserBringsPaysWhereTheWebhookIsLost() async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            let provider = try await shop.checkout(order)
            try await shop.control("POST", "/control/faults", #"{"drop":true}"#)
            let fields = try await shop.pay(provider, #"{"outcome":"captured"}"#)
            let answer = try await shop.live.client.post(
                "/api/payments/verify/", String(decoding: Array(fields.raw), as: UTF8.self), token: shop.token)
            #expect(answer.status == 200)
            #expect(try answer.json["order"]?["payment_status"]?.string == "paid")
            #expect(try await shop.live.database.text("select count(*) from payments.events;") == "0")
        }
    }

    @Test func aProviderThatClosesAfterTheEffectMakesOneOrder() async throws {
        try await PayingShop.with { shop in
            let order = try await shop.order()
            try await shop.control("POST", "/control/faults", #"{"close_after_effect":true}"#)
            let failed = try await shop.initiate(order, key: "pay")
            #expect(failed.status == 503)
            #expect(failed.code == "payment-provider-unavailable")
            try await shop.control("DELETE", "/control/faults")
            let checkout = try await shop.initiate(order, key: "pay")
            #expect(checkout.status == 200)
            let posts = try await shop.calls("POST", "/v1/orders")
            #expect(posts == 1)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// The server dies between every two steps of taking authorized money, or of giving it up, and is started again: the provider
/// took it once, or not at all, and the books say the same.
@Suite(.timeLimit(.minutes(10)), .serialized) struct CaptureCrashTests {
    /// The steps of it.
    static let points = CrashPoint.allCases.filter { $0.rawValue.hasPrefix("capture.") }
    /// Each with the plan of the server that comes after: a capture that the killed one has not called for passes all steps once.
    private static let taking: [(point: CrashPoint, next: String?)] = [
        (.captureIntentCommitted, "\(CrashPoint.captureCallDone.rawValue):2"),
        (.captureCallDone, CrashPoint.captureResultCommitted.rawValue), (.captureResultCommitted, nil),
    ]

    /// No event tells of what the provider took: whoever was killed has to find out, and what is told much later changes nothing.
    @Test func aKillAtAnyStepEndsInOneCapture() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            var taken: [Authorized] = []
            try await shop.start(crashAt: Self.taking[0].point.rawValue)
            for (point, next) in Self.taking {
                let money = try await Authorized.make(by: buyer)
                try await shop.control("POST", "/control/faults", #"{"drop":true}"#)
                async let asked = buyer.visitor.send(money.look)
                try await shop.killedItself(at: point)
                try await Comparison.checkInvariants(shop)
                try await shop.start(crashAt: next)
                let done = try await asked
                #expect(done.lost > 0 && money.status(in: done.answer) == "captured paid", "\(done.summary)")
                try await shop.control("DELETE", "/control/faults")
                try await money.checkTaken(in: shop)
                taken.append(money)
            }
            for event in try await ProviderLog(shop).undelivered.sorted() {
                try await shop.control("POST", "/control/webhooks/replay", #"{"event_id":"\#(event)"}"#)
            }
            try await shop.passTime { true }
            for money in taken { try await money.checkTaken(in: shop) }
            try await Comparison.checkBooks(shop, clearing: taken.reduce(0) { $0 + $1.checkout.amount })
            try await Comparison.checkInvariants(shop)
        }
    }

    /// The call is on its way: the provider takes the money, and the server is not there any more when it answers.
    @Test func aKillWhileTheProviderTakesItEndsInOneCapture() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            try await shop.start()
            let money = try await Authorized.make(by: buyer)
            try await shop.control(
                "POST", "/control/faults", #"{"answer_delay_ms":20000,"path":"/v1/payments","method":"POST"}"#)
            async let asked = buyer.visitor.send(money.look)
            try await shop.untilDone(money.capture)
            try await shop.kill()
            try await shop.control("DELETE", "/control/faults")
            try await shop.start()
            let done = try await asked
            #expect(done.lost > 0 && money.status(in: done.answer) == "captured paid", "\(done.summary)")
            try await shop.passTime { true }
            try await money.checkTaken(in: shop)
            try await Comparison.checkBooks(shop, clearing: money.checkout.amount)
            try await Comparison.checkInvariants(shop)
        }
    }

    /// Its order was cancelled: it is given up once and never taken, whoever dies over it; the provider gives it back.
    @Test func aKillAfterGivingItUpTakesNothing() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            try await shop.start(crashAt: CrashPoint.captureVoided.rawValue)
            let money = try await Authorized.make(by: buyer)
            let cancelled = try await buyer.visitor.send(money.cancel)
            #expect(cancelled.answer.status == 200, "\(cancelled.summary)")
            async let asked = buyer.visitor.send(money.look)
            try await shop.killedItself(at: .captureVoided)
            try await Comparison.checkInvariants(shop)
            try await shop.start()
            let done = try await asked
            #expect(done.lost > 0 && done.answer.status == 200, "\(done.summary)")
            // The provider gives back what nobody takes.
            try await shop.control("POST", "/control/clock", #"{"advance_seconds":7200}"#)
            try await shop.passTime { true }
            let theirs = try await shop.asMerchant("GET", "/v1/payments/\(money.payment)")
            #expect(theirs["status"]?.string == "refunded" && theirs["captured"]?.bool == false)
            #expect(try await ProviderLog(shop).done[money.capture] == nil)
            let rows = try await shop.store.rows(
                """
                select o.status, (select count(*) from platform.outbox where type = 'payment.voided'),
                       (select count(*) from ledger.entries) from orders.orders o;
                """)
            #expect(rows == [["cancelled", "1", "0"]])
            try await Comparison.checkInvariants(shop)
        }
    }

    /// The provider took it, the server died before it knew, and the buyer cancels before anybody asks; the units are sold
    /// meanwhile: it goes back once.
    @Test func whatWasTakenForAnOrderThatIsCancelledMeanwhileGoesBackOnce() async throws {
        try await CrashShop.with { shop in
            let buyer = try #require(try await Shopper.make(1, in: shop).first)
            try await shop.start(crashAt: CrashPoint.captureCallDone.rawValue)
            let money = try await Authorized.make(by: buyer)
            try await shop.control("POST", "/control/faults", #"{"drop":true}"#)
            async let asked: Void = buyer.visitor.sendInVain(money.look)
            try await shop.killedItself(at: .captureCallDone)
            try await asked
            try await shop.start()
            let cancelled = try await buyer.visitor.send(money.cancel)
            #expect(cancelled.answer.status == 200, "\(cancelled.summary)")
            _ = try await shop.store.sql("update inventory.stock set on_hand = reserved;")
            try await shop.control("DELETE", "/control/faults")
            let done = try await buyer.visitor.send(money.look)
            #expect(done.answer.status == 200, "\(done.summary)")
            for event in try await ProviderLog(shop).undelivered.sorted() {
                try await shop.control("POST", "/control/webhooks/replay", #"{"event_id":"\#(event)"}"#)
            }
            try await shop.passTime {
                let rows = try await shop.store.rows("select status, amount_minor from refunds.refunds;")
                return rows == [["processed", "\(money.checkout.amount)"]]
            }
            let refunds = try await shop.asMerchant("GET", "/v1/payments/\(money.payment)/refunds")
            #expect(refunds["items"]?.elements?.map { $0["amount"]?.int64 } == [money.checkout.amount])
            #expect(try await ProviderLog(shop).done[money.capture] == 1)
            try await Comparison.checkBooks(shop, clearing: 0)
            try await Comparison.checkInvariants(shop)
        }
    }
}

/// Money that a bank has promised for an order, and nobody has taken.
private struct Authorized: Sendable {
    let checkout: Checkout
    /// The provider's.
    let payment: String

    /// Orders, has the bank agree, and returns when we have heard of it.
    static func make(by buyer: Shopper) async throws -> Authorized {
        let checkout = try await buyer.checkout(try await buyer.order())
        let payment = try await buyer.shop.pay(checkout, "authorized")
        try await buyer.shop.until(
            "select count(*) from payments.payments where id = \(checkout.payment.rawValue) and status = 'authorized';")
        return Authorized(checkout: checkout, payment: payment)
    }

    /// What makes the server ask the provider at once.
    var look: Wish {
        Wish(
            method: "GET", path: "/api/payments/status/?payment_id=\(checkout.payment)&refresh=true", body: "", key: nil
        )
    }

    var cancel: Wish {
        Wish(
            method: "POST", path: "/api/orders/cancel/",
            body: #"{"id":"\#(checkout.order)","reason_code":"changed_my_mind"}"#, key: "cancel-\(checkout.order)")
    }

    /// As the provider's log has it.
    var capture: String { "POST /v1/payments/\(payment)/capture" }

    func status(in answer: TestClient.Answer) -> String? {
        guard let json = try? answer.json, let payment = json["payment"]?["status"]?.string,
            let order = json["order"]?["payment_status"]?.string
        else { return nil }
        return "\(payment) \(order)"
    }

    func checkTaken(in shop: CrashShop) async throws {
        let theirs = try await shop.asMerchant("GET", "/v1/payments/\(payment)")
        #expect(theirs["status"]?.string == "captured" && theirs["captured"]?.bool == true)
        #expect(try await ProviderLog(shop).done[capture] == 1)
        let rows = try await shop.store.rows(
            """
            select p.status, p.captured_minor, o.status, o.paid_minor,
                   (select count(*) from ledger.entries where kind = 'payment_captured' and reference = 'razorpay:\(payment)'),
                   (select count(*) from platform.outbox where type = 'order.confirmed' and aggregate_id = o.id)
              from payments.payments p join orders.orders o on o.id = p.order_id where p.id = \(checkout.payment.rawValue);
            """)
        #expect(rows == [["captured", "\(checkout.amount)", "confirmed", "\(checkout.amount)", "1", "1"]])
    }
}

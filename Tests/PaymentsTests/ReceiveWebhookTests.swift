// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `POST /api/payments/webhook/` over a real database.
@Suite(.timeLimit(.minutes(2)))
struct ReceiveWebhookTests {
    @Test func aCaptureMakesItsOrderPaid() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let answer = try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_7"))
            #expect(answer.status == 200)
            #expect(answer.response.body == Array(#"{"received":true}"#.utf8))
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(shop.changes.all == [OrderID(rawValue: 7)])
            #expect(
                try await shop.sql(
                    "select account, debit_minor, credit_minor from ledger.lines order by line_no;")
                    == "psp_clearing|2000|0\norder_funds:7|0|2000")
            #expect(
                try await shop.sql("select status, captured_minor, method from payments.payments;")
                    == "captured|2000|upi")
        }
    }

    @Test func twentyDeliveriesAtOnceCountOnce() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let body = PaymentsFixture.event("payment.captured", order: "order_7")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<20 { tasks.addTask { try await shop.deliver(body).status } }
                return try await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 200, count: 20))
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(
                try await shop.sql(
                    """
                    select (select count(*) from payments.events), (select count(*) from ledger.entries),
                           (select paid_minor from orders.orders where id = 7),
                           (select count(*) from platform.outbox where type = 'order.confirmed');
                    """) == "1|1|2000|1")
        }
    }

    @Test func differentEventsOfOnePaymentConfirmOnceInAnyOrder() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let events = [
                ("order.paid", "captured"), ("payment.captured", "captured"), ("payment.authorized", "authorized"),
                ("payment.failed", "failed"),
            ]
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (number, event) in events.enumerated() {
                    tasks.addTask {
                        let body = PaymentsFixture.event(event.0, order: "order_7", status: event.1)
                        let answer = try await shop.deliver(body, event: "evt_\(number)")
                        #expect(answer.status == 200)
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(
                try await shop.sql("select count(*), count(*) filter (where state = 'processed') from payments.events;")
                    == "4|4")
            #expect(try await shop.sql("select count(*) from ledger.entries;") == "1")
        }
    }

    @Test(
        "a bad signature changes nothing and stores nothing",
        arguments: [
            "", "0000000000000000000000000000000000000000000000000000000000000000",
            "9adfb5ab5665907aeb664d4b1b02e54037ab5373793bb63ea77338167b423835",
        ])
    func aBadSignatureChangesNothing(_ signature: String) async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let answer = try await shop.deliver(
                PaymentsFixture.event("payment.captured", order: "order_7"), signature: signature)
            #expect(answer.status == 400)
            #expect(answer.code == "signature-invalid")
            #expect(try await shop.state(7) == "pending_payment 0 1")
            #expect(try await shop.sql("select count(*) from payments.events;") == "0")
        }
    }

    @Test func signaturesMustStandOnceAndThere() async throws {
        try await PaymentsFixture.with { shop in
            let body = PaymentsFixture.event("payment.captured", order: "order_7")
            #expect(try await shop.call("POST", "/api/payments/webhook/", body).code == "signature-invalid")
            let good = try await shop.deliver(body, secret: "whsec_older")
            #expect(good.status == 200)
        }
    }

    @Test(
        "money that is not what was asked for does not pay",
        arguments: [(1999, "INR"), (2001, "INR"), (2000, "USD"), (0, "INR")])
    func aMismatchDoesNotPay(amount: Int, currency: String) async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let body = PaymentsFixture.event(
                "payment.captured", order: "order_7", amount: amount, currency: currency)
            #expect(try await shop.deliver(body).status == 200)
            #expect(try await shop.state(7) == "pending_payment 0 1")
            #expect(
                try await shop.sql("select status, mismatch from payments.payments;") == "captured|t")
            #expect(
                try await shop.sql("select kind, key from platform.jobs;") == "payment.review|razorpay:pay_Sbx1"
            )
        }
    }

    @Test func anEventOfAnUnknownPaymentWaitsAndIsMatchedLater() async throws {
        try await PaymentsFixture.with { shop in
            let body = PaymentsFixture.event("payment.captured", order: "order_7")
            #expect(try await shop.deliver(body).status == 200)
            #expect(try await shop.sql("select state from payments.events;") == "waiting")
            await shop.checks.match()
            #expect(try await shop.sql("select state from payments.events;") == "waiting")
            try await shop.payableOrder(7)
            await shop.checks.match()
            #expect(try await shop.sql("select state from payments.events;") == "processed")
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }

    @Test func anEventWithAnotherBodyIsKeptAsideAndAppliesNothing() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            try await shop.payableOrder(8)
            #expect(try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_7")).status == 200)
            let other = PaymentsFixture.event("payment.captured", payment: "pay_Sbx2", order: "order_8")
            #expect(try await shop.deliver(other).status == 200)
            #expect(try await shop.state(8) == "pending_payment 0 2")
            #expect(
                try await shop.sql(
                    "select (select count(*) from payments.event_conflicts), (select kind from platform.jobs);")
                    == "1|payment.event_conflict")
        }
    }

    @Test func aFailedAttemptLeavesTheOrderOpenAndALateCapturePaysIt() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let failed = PaymentsFixture.event("payment.failed", order: "order_7", status: "failed")
            #expect(try await shop.deliver(failed, event: "evt_f").status == 200)
            #expect(try await shop.state(7) == "pending_payment 0 1")
            let captured = PaymentsFixture.event("payment.captured", order: "order_7")
            #expect(try await shop.deliver(captured, event: "evt_c").status == 200)
            #expect(try await shop.state(7) == "confirmed 3 1")
            let late = PaymentsFixture.event("payment.failed", order: "order_7", status: "failed")
            #expect(try await shop.deliver(late, event: "evt_l").status == 200)
            #expect(try await shop.state(7) == "confirmed 3 1")
        }
    }

    @Test func moneyForAnExpiredOrderIsBookedAndTheOrderStaysEnded() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            _ = try await shop.sql("select t.make_due(array[7]); select count(*) from checkout.expire_v1(10);")
            #expect(try await shop.state(7) == "expired 0 0")
            #expect(try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_7")).status == 200)
            #expect(try await shop.state(7) == "expired 0 0")
            #expect(
                try await shop.sql("select kind from platform.jobs; select count(*) from ledger.entries;")
                    == "payment.late\n1")
        }
    }

    @Test func eventsThatMoveNothingAreKeptAndAnswered() async throws {
        try await PaymentsFixture.with { shop in
            let bodies = [
                #"{"entity":"event","event":"settlement.processed","payload":{}}"#, #"{"event":"payment.captured"}"#,
                "no json at all",
            ]
            for (number, body) in bodies.enumerated() {
                let answer = try await shop.deliver(body, event: "evt_\(number)")
                #expect(answer.status == 200)
            }
            let kept = try await shop.sql("select event_type, state from payments.events order by event_id;")
            #expect(kept == "settlement.processed|ignored\npayment.captured|failed\nunreadable|failed")
        }
    }

    /// What is signed may be about money: it is not put away, somebody is told once, and it can be read again.
    @Test(
        "a signed event that cannot be read is kept for an operator",
        arguments: [
            "no json at all", #"{"event":"payment.captured","payload":{}}"#,
            #"{"event":"refund.processed","payload":{}}"#,
            #"{"event":"payment.dispute.lost","payload":{"dispute":{"entity":{"id":"disp_1"}}}}"#,
        ])
    func unreadable(_ body: String) async throws {
        try await PaymentsFixture.with { shop in
            for _ in 0..<2 {
                let answer = try await shop.deliver(body, event: "evt_u")
                #expect(answer.status == 200)
            }
            #expect(try await shop.sql("select state, note like 'no %' from payments.events;") == "failed|t")
            #expect(
                try await shop.sql("select kind, key, state from platform.jobs;")
                    == "payment.event_unreadable|razorpay:evt_u|ready")
            let listed = try await shop.call("GET", "/api/admin/ops/inbox/?state=failed", user: 9004)
            #expect(try listed.json["data"]?.elements?.compactMap { $0["id"]?.string } == ["evt_u"])
            // A later server may know better; this one stores what it was told, and says so again.
            let replayed = try await shop.call(
                "POST", "/api/admin/ops/inbox/replay/", #"{"ids":["evt_u"]}"#, user: PaymentsFixture.admin,
                key: "replay")
            #expect(try replayed.json["results"]?.elements?.first?["outcome"]?.string == "refused")
            #expect(try replayed.json["results"]?.elements?.first?["state"]?.string == "failed")
        }
    }

    @Test func withoutAnIdTheBodyNamesTheEvent() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let body = PaymentsFixture.event("payment.captured", order: "order_7")
            for _ in 0..<2 { #expect(try await shop.deliver(body, event: nil).status == 200) }
            #expect(try await shop.sql("select event_id like 'sha256:%' from payments.events;") == "t")
        }
    }

    @Test func aBodyOverTheLimitIsRefused() async throws {
        try await PaymentsFixture.with { shop in
            let fitting = #"{"event":"x","pad":""# + String(repeating: "p", count: ReceiveWebhook.bodyMax - 22) + "\"}"
            #expect(fitting.utf8.count <= ReceiveWebhook.bodyMax)
            let taken = try await shop.deliver(fitting)
            #expect(taken.status == 200)
            let tooLong = try await shop.deliver(String(repeating: "p", count: ReceiveWebhook.bodyMax + 1))
            #expect(tooLong.code == "payload-too-large")
        }
    }
}

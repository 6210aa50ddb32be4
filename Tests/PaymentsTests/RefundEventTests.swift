// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Testing

@testable import Payments

/// Events about refunds: kept like all others, and handed on in the transaction that keeps them.
@Suite(.timeLimit(.minutes(2)))
struct RefundEventTests {
    static func event(
        _ type: String, status: String = "processed", amount: Int = 500, captured: Bool = true,
        order: String = "order_7"
    ) -> String {
        #"{"entity":"event","account_id":"acc_1","event":"\#(type)","contains":["refund","payment"],"payload":{"refund":{"entity":{"id":"rfnd_1","entity":"refund","amount":\#(amount),"currency":"INR","payment_id":"pay_Sbx1","notes":[],"receipt":"ret-77","acquirer_data":{"arn":null},"status":"\#(status)","speed_processed":"normal","speed_requested":"normal","created_at":1789090000}},"payment":{"entity":{"id":"pay_Sbx1","entity":"payment","amount":2000,"currency":"INR","status":"captured","order_id":"\#(order)","method":"upi","amount_refunded":500,"refund_status":"partial","captured":\#(captured)}}},"created_at":1789090004}"#
    }

    private static let inbox = "select event_type || ' ' || state || ' ' || coalesce(note, '-') from payments.events;"

    @Test(
        "each of them is handed on once, whole, in the transaction that keeps it",
        arguments: ["refund.created", "refund.processed", "refund.failed", "refund.speed_changed"])
    func handedOn(_ type: String) async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            shop.refunds.use { _, transaction in
                try await transaction.execute("insert into platform.jobs (kind, key) values ('test.effect', 'one')")
                return .applied(OrderID(rawValue: 7))
            }
            let body = Self.event(type)
            for _ in 0..<3 {
                let answer = try await shop.deliver(body)
                #expect(answer.status == 200)
            }
            #expect(
                shop.refunds.all == [
                    RefundNews(
                        event: type, refund: "rfnd_1",
                        source: .init(payment: "pay_Sbx1", order: "order_7", amount: 2000, isCaptured: true),
                        amount: 500, currency: "INR", status: "processed", speedRequested: "normal",
                        speedProcessed: "normal", receipt: "ret-77", actor: "razorpay",
                        requestID: shop.refunds.all.first?.requestID)
                ])
            #expect(shop.refunds.all.first?.requestID != nil)
            #expect(shop.changes.all == [OrderID(rawValue: 7)])
            #expect(try await shop.sql(Self.inbox) == "\(type) processed -")
            #expect(try await shop.sql("select count(*) from platform.jobs where kind = 'test.effect';") == "1")
        }
    }

    @Test func anAutomaticRefundSaysThatNothingWasTaken() async throws {
        try await PaymentsFixture.with { shop in
            let answer = try await shop.deliver(Self.event("refund.created", captured: false))
            #expect(answer.status == 200)
            #expect(shop.refunds.all.map(\.source.isCaptured) == [false])
            #expect(try await shop.sql(Self.inbox) == "refund.created processed reached before")
        }
    }

    @Test func twentyDeliveriesAtOnceCountOnce() async throws {
        try await PaymentsFixture.with { shop in
            let body = Self.event("refund.processed")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<20 { tasks.addTask { try await shop.deliver(body).status } }
                return try await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 200, count: 20))
            #expect(shop.refunds.all.count == 1)
        }
    }

    @Test func theSameNameWithAnotherBodyIsKeptAsideAndAppliesNothing() async throws {
        try await PaymentsFixture.with { shop in
            for amount in [500, 600, 600] {
                let answer = try await shop.deliver(Self.event("refund.processed", amount: amount))
                #expect(answer.status == 200)
            }
            // Also across the two ways into the inbox.
            let capture = try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_7"))
            #expect(capture.status == 200)
            #expect(shop.refunds.all.map(\.amount) == [500])
            #expect(
                try await shop.sql(
                    """
                    select (select count(*) from payments.event_conflicts),
                           (select count(*) from platform.jobs where kind = 'payment.event_conflict');
                    """) == "2|1")
        }
    }

    @Test func whatFailsLeavesNothingAndIsSentAgain() async throws {
        try await PaymentsFixture.with { shop in
            shop.refunds.use { _, transaction in
                try await transaction.execute("insert into platform.jobs (kind, key) values ('test.effect', 'one')")
                try await transaction.execute("select 1 / 0")
                return .unchanged
            }
            let first = try await shop.deliver(Self.event("refund.processed"))
            #expect(first.status >= 500)
            #expect(
                try await shop.sql(
                    "select (select count(*) from payments.events), (select count(*) from platform.jobs);")
                    == "0|0")
            shop.refunds.use(nil)
            let second = try await shop.deliver(Self.event("refund.processed"))
            #expect(second.status == 200)
            #expect(try await shop.sql(Self.inbox) == "refund.processed processed reached before")
        }
    }

    @Test func whatSpeaksOfNoPaymentOfOursWaitsUntilThereIsOne() async throws {
        try await PaymentsFixture.with { shop in
            shop.refunds.use { _, _ in .waiting("a call of ours is under way") }
            let answer = try await shop.deliver(Self.event("refund.processed"))
            #expect(answer.status == 200)
            await shop.checks.match()
            #expect(shop.refunds.all.count == 1)
            #expect(try await shop.sql(Self.inbox) == "refund.processed waiting a call of ours is under way")
            try await shop.payableOrder(7)
            shop.refunds.use { _, _ in .applied(nil) }
            await shop.checks.match()
            #expect(shop.refunds.all.count == 2)
            #expect(try await shop.sql(Self.inbox) == "refund.processed processed -")
        }
    }

    @Test func whatContradictsUsIsKeptForAnOperator() async throws {
        try await PaymentsFixture.with { shop in
            shop.refunds.use { _, _ in .refused("more than was captured") }
            let answer = try await shop.deliver(Self.event("refund.processed"))
            #expect(answer.status == 200)
            #expect(try await shop.sql(Self.inbox) == "refund.processed failed more than was captured")
        }
    }

    @Test func aRefundWithoutItsFieldsIsKeptAndMovesNothing() async throws {
        try await PaymentsFixture.with { shop in
            let answer = try await shop.deliver(
                #"{"event":"refund.processed","payload":{"refund":{"entity":{"id":"rfnd_1","amount":-5}}}}"#)
            #expect(answer.status == 200)
            #expect(shop.refunds.all.isEmpty)
            #expect(
                try await shop.sql(Self.inbox)
                    == "refund.processed failed no refund entity with id, payment, amount, currency and status")
        }
    }

    @Test func whatWaitedForThreeDaysIsGivenUpWithAnAlert() async throws {
        try await PaymentsFixture.with { shop in
            let answer = try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_nobody"))
            #expect(answer.status == 200)
            await shop.checks.match()
            #expect(try await shop.sql("select state from payments.events;") == "waiting")
            _ = try await shop.sql("update payments.events set received_at = now() - interval '73 hours';")
            await shop.checks.match()
            #expect(try await shop.sql(Self.inbox) == "payment.captured failed no payment of ours in 72 hours")
            #expect(
                try await shop.sql("select count(*) from platform.jobs where kind = 'payment.event_unmatched';") == "1")
        }
    }
}

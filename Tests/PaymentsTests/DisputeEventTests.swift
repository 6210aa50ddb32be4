// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Testing

@testable import Payments

/// Events about disputes: what they do to payment, refunds and ledger.
@Suite(.timeLimit(.minutes(2)))
struct DisputeEventTests {
    static func dispute(
        _ status: String, phase: String = "chargeback", deducted: Int = 0, id: String = "disp_1",
        payment: String = "pay_Sbx1"
    ) -> String {
        #"{"id":"\#(id)","entity":"dispute","payment_id":"\#(payment)","amount":2000,"currency":"INR","amount_deducted":\#(deducted),"reason_code":"goods_not_received","respond_by":1790000000,"status":"\#(status)","phase":"\#(phase)","created_at":1789500000}"#
    }

    static func event(_ type: String, _ dispute: String) -> String {
        #"{"entity":"event","account_id":"acc_1","event":"payment.dispute.\#(type)","contains":["payment","dispute"],"payload":{"payment":{"entity":{"id":"pay_Sbx1","entity":"payment","amount":2000,"currency":"INR","status":"captured","order_id":"order_7"}},"dispute":{"entity":\#(dispute)}},"created_at":1789500002}"#
    }

    static let row =
        "select d.phase || ' ' || d.status || ' ' || coalesce(p.dispute, '-') from payments.disputes d join payments.payments p on p.id = d.payment_id;"

    static func paidOrder(_ shop: PaymentsFixture) async throws {
        try await shop.payableOrder(7)
        let answer = try await shop.deliver(
            PaymentsFixture.event("payment.captured", order: "order_7"), event: "evt_paid")
        #expect(answer.status == 200)
    }

    @Test(
        "each row of the table",
        arguments: [
            ("created", "open", "chargeback open open"),
            ("action_required", "open", "chargeback evidence_required open"),
            ("under_review", "under_review", "chargeback under_review open"), ("won", "won", "chargeback won won"),
            ("lost", "lost", "chargeback lost lost"), ("closed", "closed", "chargeback closed -"),
        ])
    func rows(type: String, status: String, end: String) async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let body = Self.event(type, Self.dispute(status, deducted: status == "lost" ? 2000 : 0))
            for _ in 0..<3 {
                let answer = try await shop.deliver(body, event: "evt_d")
                #expect(answer.status == 200)
            }
            #expect(try await shop.sql(Self.row) == end)
            // Beside the payment's state: it stays captured, and the order paid.
            #expect(try await shop.sql("select status from payments.payments;") == "captured")
            #expect(try await shop.state(7) == "confirmed 3 1")
            #expect(try await shop.sql("select count(*) from platform.outbox where type = 'payment.disputed';") == "1")
            #expect(
                try await shop.sql(
                    "select sum(debit_minor - credit_minor) from ledger.lines where account = 'psp_clearing';")
                    == (status == "lost" ? "0" : "2000"))
            #expect(try await shop.sql("select state from payments.events where event_id = 'evt_d';") == "processed")
            #expect(shop.changes.all == [OrderID(rawValue: 7), OrderID(rawValue: 7)])
        }
    }

    @Test func theEndBeforeTheBeginningStays() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            for (number, (type, status)) in [
                ("lost", "lost"), ("under_review", "under_review"), ("created", "open"), ("won", "won"),
            ].enumerated() {
                let answer = try await shop.deliver(
                    Self.event(type, Self.dispute(status, deducted: status == "lost" ? 500 : 0)),
                    event: "evt_d\(number)")
                #expect(answer.status == 200)
            }
            #expect(try await shop.sql(Self.row) == "chargeback lost lost")
            let later = try await shop.deliver(
                Self.event("created", Self.dispute("open", phase: "arbitration")), event: "evt_d9")
            #expect(later.status == 200)
            #expect(try await shop.sql(Self.row) == "arbitration open open")
        }
    }

    @Test func aDisputeOfAPaymentThatWeDoNotKnowYetWaits() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let early = try await shop.deliver(Self.event("created", Self.dispute("open")), event: "evt_d")
            #expect(early.status == 200)
            #expect(
                try await shop.sql("select state || ' ' || note from payments.events;") == "waiting no payment of ours")
            let paid = try await shop.deliver(
                PaymentsFixture.event("payment.captured", order: "order_7"), event: "evt_paid")
            #expect(paid.status == 200)
            await shop.checks.match()
            #expect(try await shop.sql(Self.row) == "chargeback open open")
        }
    }

    @Test func evidenceThatIsWantedAgainIsAskedAbout() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            for (number, (type, status)) in [
                ("created", "open"), ("under_review", "under_review"), ("action_required", "open"),
            ].enumerated() {
                let answer = try await shop.deliver(Self.event(type, Self.dispute(status)), event: "evt_d\(number)")
                #expect(answer.status == 200)
            }
            #expect(try await shop.sql(Self.row) == "chargeback under_review open")
            shop.provider.use { call in call.path == "/v1/disputes/disp_1" ? (200, Self.dispute("open")) : nil }
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.sql(Self.row) == "chargeback evidence_required open")
        }
    }

    @Test("an end that does not say what was taken is asked about", arguments: ["", "\"amount_deducted\":0,"])
    func lostWithoutAnAmount(_ said: String) async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let lost = Self.event("lost", Self.dispute("lost").replacing("\"amount_deducted\":0,", with: said))
            let answer = try await shop.deliver(lost, event: "evt_d")
            #expect(answer.status == 200)
            #expect(try await shop.sql(Self.row) == "", "nothing is booked by halves")
            shop.provider.use { call in
                call.path == "/v1/disputes/disp_1" ? (200, Self.dispute("lost", deducted: 1500)) : nil
            }
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.sql(Self.row) == "chargeback lost lost")
            let left = "select sum(debit_minor - credit_minor) from ledger.lines where account = 'psp_clearing';"
            #expect(try await shop.sql(left) == "500")
            // More has gone than was said then: the books follow the provider's word, not the event's.
            let more = try await shop.deliver(Self.event("lost", Self.dispute("lost", deducted: 2000)), event: "evt_d2")
            #expect(more.status == 200)
            #expect(try await shop.sql(left) == "500")
            shop.provider.use { call in
                call.path == "/v1/disputes/disp_1" ? (200, Self.dispute("lost", deducted: 1900)) : nil
            }
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.sql(left) == "100")
        }
    }

    @Test func twoDeliveriesAtOnceOfSixEventsCountOnceEach() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let events = [("created", "open"), ("under_review", "under_review"), ("won", "won")]
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for turn in 0..<6 {
                    tasks.addTask {
                        let (type, status) = events[turn % 3]
                        let answer = try await shop.deliver(
                            Self.event(type, Self.dispute(status)), event: "evt_d\(turn % 3)")
                        #expect(answer.status == 200)
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(try await shop.sql(Self.row) == "chargeback won won")
            #expect(
                try await shop.sql(
                    """
                    select (select count(*) from payments.events where state = 'processed'), (select count(*) from payments.disputes),
                           (select count(*) from platform.invariants_of_disputes_v1() where value <> 0);
                    """) == "4|1|0")
        }
    }

    @Test("what contradicts what we know is kept for an operator", arguments: ["currency", "payment"])
    func contradictions(_ what: String) async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let other = try await shop.deliver(
                PaymentsFixture.event("payment.captured", payment: "pay_Sbx2", order: "order_7"), event: "evt_other")
            #expect(other.status == 200)
            let first = try await shop.deliver(Self.event("created", Self.dispute("open")), event: "evt_d1")
            #expect(first.status == 200)
            let body =
                what == "currency"
                ? Self.event("won", Self.dispute("won").replacing("INR", with: "USD"))
                : Self.event("won", Self.dispute("won", payment: "pay_Sbx2"))
            let second = try await shop.deliver(body, event: "evt_d2")
            #expect(second.status == 200)
            #expect(try await shop.sql("select state from payments.events where event_id = 'evt_d2';") == "failed")
            #expect(try await shop.sql(Self.row) == "chargeback open open")
        }
    }

    @Test(
        "a dispute that cannot be read is kept and moves nothing",
        arguments: ["\"phase\":\"chargeback\"", "\"status\":\"open\""])
    func unreadable(_ part: String) async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let body = Self.event("created", Self.dispute("open").replacing(part, with: "\"phase\":\"appeal\""))
            let answer = try await shop.deliver(body, event: "evt_d")
            #expect(answer.status == 200)
            #expect(try await shop.sql("select state from payments.events where event_id = 'evt_d';") == "failed")
        }
    }
}

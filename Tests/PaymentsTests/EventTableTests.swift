// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Payments

/// What each event of the provider does, row by row and rule by rule, in every order in which they may come.
///
/// A case is a story about order 7 (2,000 paise, provider's order `order_7`): events in the order in which they arrive, and
/// how attempt, order, inbox and money stand at the end.
@Suite(.timeLimit(.minutes(3)))
struct EventTableTests {
    /// One delivery.
    struct Delivery: Sendable {
        var type: String
        var status = "captured"
        var payment = "pay_A"
        var order = "order_7"
        var amount = 2000
        var currency = "INR"
        /// nil: one of its own.
        var id: String?

        var body: String {
            PaymentsFixture.event(
                type, payment: payment, order: order, amount: amount, status: status, currency: currency)
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        let events: [Delivery]
        /// Attempt's status and flags; order's status and paid amount.
        let end: String
        /// The states of the inbox, in the order of arrival.
        let inbox: String
        /// What the ledger took in.
        var booked = 0
        /// Jobs that were owed.
        var jobs = ""
        var testDescription: String { name }
    }

    private static let authorized = Delivery(type: "payment.authorized", status: "authorized")
    private static let captured = Delivery(type: "payment.captured")
    private static let paid = Delivery(type: "order.paid")
    private static let failed = Delivery(type: "payment.failed", status: "failed")
    private static let second = Delivery(type: "payment.captured", payment: "pay_B")

    private static func with(_ delivery: Delivery, _ change: (inout Delivery) -> Void) -> Delivery {
        var delivery = delivery
        change(&delivery)
        return delivery
    }

    private static let stories: [Story] = [
        // payment.authorized
        Story(
            name: "authorized: the order goes on waiting", events: [authorized], end: "authorized | pending_payment 0",
            inbox: "processed"),
        Story(
            name: "authorized after failed (late authorisation)", events: [failed, authorized],
            end: "authorized | pending_payment 0", inbox: "processed processed"),
        Story(
            name: "authorized twice, as two events", events: [authorized, authorized],
            end: "authorized | pending_payment 0", inbox: "processed processed"),
        Story(
            name: "authorized after captured: no step back", events: [captured, authorized],
            end: "captured | confirmed 2000", inbox: "processed processed", booked: 2000),
        // payment.captured
        Story(
            name: "captured without authorized", events: [captured], end: "captured | confirmed 2000",
            inbox: "processed", booked: 2000),
        Story(
            name: "authorized, then captured", events: [authorized, captured], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "captured after failed", events: [failed, captured], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "captured twice, as two events", events: [captured, captured], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "the event says captured, its payment is only authorized",
            events: [with(captured) { $0.status = "authorized" }], end: "authorized | pending_payment 0",
            inbox: "processed"),
        Story(
            name: "the event says captured, its payment is refunded already",
            events: [with(captured) { $0.status = "refunded" }], end: "initiated | pending_payment 0", inbox: "ignored"),
        // order.paid
        Story(
            name: "order.paid alone", events: [paid], end: "captured | confirmed 2000", inbox: "processed", booked: 2000
        ),
        Story(
            name: "order.paid before captured", events: [paid, captured], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "order.paid after captured", events: [captured, paid], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "order.paid with another amount is not believed", events: [with(paid) { $0.amount = 1 }],
            end: "captured mismatch | pending_payment 0", inbox: "processed", booked: 1, jobs: "payment.review"),
        // payment.failed
        Story(
            name: "failed: the order stays open", events: [failed], end: "failed | pending_payment 0",
            inbox: "processed"),
        Story(
            name: "failed after authorized: no step back", events: [authorized, failed],
            end: "authorized | pending_payment 0", inbox: "processed processed"),
        Story(
            name: "failed after captured: no step back", events: [captured, failed], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "one try failed, another one is captured", events: [failed, second], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        Story(
            name: "captured, then another try fails", events: [second, failed], end: "captured | confirmed 2000",
            inbox: "processed processed", booked: 2000),
        // A second captured payment
        Story(
            name: "a second capture of a paid order", events: [captured, second],
            end: "captured duplicate | confirmed 2000", inbox: "processed processed", booked: 4000,
            jobs: "payment.refund_duplicate"),
        Story(
            name: "and its event again", events: [captured, second, second], end: "captured duplicate | confirmed 2000",
            inbox: "processed processed processed", booked: 4000, jobs: "payment.refund_duplicate"),
        // Amount or currency
        Story(
            name: "less money", events: [with(captured) { $0.amount = 1999 }],
            end: "captured mismatch | pending_payment 0", inbox: "processed", booked: 1999, jobs: "payment.review"),
        Story(
            name: "more money", events: [with(captured) { $0.amount = 2001 }],
            end: "captured mismatch | pending_payment 0", inbox: "processed", booked: 2001, jobs: "payment.review"),
        Story(
            name: "another currency", events: [with(captured) { $0.currency = "USD" }],
            end: "captured mismatch | pending_payment 0", inbox: "processed", booked: 2000, jobs: "payment.review"),
        Story(
            name: "a wrong sum, then the right one", events: [with(captured) { $0.amount = 1999 }, second],
            end: "captured mismatch | confirmed 2000", inbox: "processed processed", booked: 3999,
            jobs: "payment.review"),
        // The same event again, and under its name another one
        Story(
            name: "the same event three times",
            events: [captured, captured, captured].map { with($0) { $0.id = "evt_1" } },
            end: "captured | confirmed 2000", inbox: "processed", booked: 2000),
        Story(
            name: "its name with another body applies nothing",
            events: [with(failed) { $0.id = "evt_1" }, with(captured) { $0.id = "evt_1" }],
            end: "failed | pending_payment 0", inbox: "processed conflict", jobs: "payment.event_conflict"),
        // Unknown
        Story(
            name: "an order of the provider that is not ours", events: [with(captured) { $0.order = "order_nobody" }],
            end: "initiated | pending_payment 0", inbox: "waiting"),
        Story(
            name: "a payment that belongs to another attempt",
            events: [authorized, with(captured) { $0.order = "order_8" }], end: "authorized | pending_payment 0",
            inbox: "processed failed"),
        // Everything else
        Story(
            name: "names that nobody knows",
            events: ["payment.pending", "invoice.paid", "weird"].map { Delivery(type: $0) },
            end: "initiated | pending_payment 0", inbox: "ignored ignored ignored"),
        Story(
            // Rows of features that do not exist: nothing is transferred to vendors through the provider (Route), who have no accounts
            // there; downtimes are not shown. They are kept, so that a later feature may replay them.
            name: "transfers and accounts have no home yet",
            events: [
                "transfer.processed", "transfer.failed", "product.route.activated", "account.suspended",
                "payment.downtime.started",
            ].map { Delivery(type: $0) }, end: "initiated | pending_payment 0",
            inbox: "ignored ignored ignored ignored ignored"),
    ]

    @Test("event by event", arguments: stories)
    func row(_ story: Story) async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            try await shop.payableOrder(8)
            for (number, event) in story.events.enumerated() {
                let answer = try await shop.deliver(event.body, event: event.id ?? "evt_n\(number)")
                #expect(answer.status == 200)
            }
            #expect(
                try await shop.sql(
                    """
                    select concat_ws(' ', p.status, case when p.mismatch then 'mismatch' end, case when p.duplicate then 'duplicate' end,
                                     case when p.late then 'late' end, '|', o.status, o.paid_minor)
                      from payments.payments p join orders.orders o on o.id = p.order_id where o.id = 7;
                    """) == story.end)
            #expect(
                try await shop.sql(
                    """
                    select string_agg(state, ' ' order by received_at, state desc) from
                      (select state, received_at from payments.events union all select 'conflict', received_at from payments.event_conflicts) x;
                    """) == story.inbox)
            #expect(
                try await shop.sql(
                    "select coalesce(sum(debit_minor), 0) from ledger.lines where account = 'psp_clearing';")
                    == "\(story.booked)")
            #expect(
                try await shop.sql("select coalesce(string_agg(kind, ' ' order by kind), '') from platform.jobs;")
                    == story.jobs)
            #expect(
                try await shop.sql("select status || paid_minor from orders.orders where id = 8;") == "pending_payment0"
            )
        }
    }

    @Test func allOrdersOfOnePaymentsEventsEndAlike() async throws {
        let events = [Self.authorized, Self.captured, Self.paid, Self.failed]
        try await PaymentsFixture.with { shop in
            var id: Int64 = 10
            for first in 0..<4 {
                for second in 0..<4 where second != first {
                    for third in 0..<4 where third != first && third != second {
                        id += 1
                        try await shop.payableOrder(id)
                        let order = [first, second, third, 6 - first - second - third]
                        for (number, index) in order.enumerated() {
                            let event = Self.with(events[index]) {
                                $0.order = "order_\(id)"
                                $0.payment = "pay_\(id)"
                            }
                            let answer = try await shop.deliver(event.body, event: "evt_\(id)_\(number)")
                            #expect(answer.status == 200)
                        }
                    }
                }
            }
            #expect(
                try await shop.sql(
                    """
                    select count(*), min(p.status), max(p.status), min(o.status), max(o.status), sum(o.paid_minor), min(p.attempts), max(p.attempts)
                      from payments.payments p join orders.orders o on o.id = p.order_id;
                    """) == "24|captured|captured|confirmed|confirmed|48000|1|1")
            #expect(try await shop.sql("select count(*) from ledger.entries where kind = 'payment_captured';") == "24")
        }
    }

    @Test func moneyAfterTheEndIsLate() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            _ = try await shop.sql("select t.make_due('{7}'); select count(*) from checkout.expire_v1(10);")
            let answer = try await shop.deliver(Self.captured.body)
            #expect(answer.status == 200)
            #expect(
                try await shop.sql(
                    "select status || ' ' || late from payments.payments; select kind from platform.jobs;")
                    == "captured true\npayment.late")
        }
    }
}

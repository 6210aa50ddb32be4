// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Testing

@testable import Payments

/// The comparison with the provider: each kind of difference is planted, found, and made good where it can be.
@Suite(.timeLimit(.minutes(2)))
struct ReconcilerTests {
    private static let found = """
        select string_agg(kind || ' ' || provider_id || ' ' || difference || ' ' || repaired || coalesce(' ' || note, ''), E'\\n' order by kind, provider_id)
          from payments.reconciliation_items where reconciliation_id = (select max(id) from payments.reconciliations);
        """

    private static func capture(_ shop: PaymentsFixture, _ order: Int, amount: Int = 2000) async throws {
        let answer = try await shop.deliver(
            PaymentsFixture.event("payment.captured", payment: "pay_\(order)", order: "order_\(order)", amount: amount),
            event: "evt_\(order)")
        #expect(answer.status == 200)
    }

    @Test func whatIsMissingHereIsMadeGoodAndTheSecondRunFindsNothing() async throws {
        try await PaymentsFixture.with { shop in
            for order in Int64(1)...4 { try await shop.payableOrder(order) }
            // 1 agrees; 2 was captured and nobody told us; 3 is authorized only; 4 was told of as authorized and is captured.
            try await Self.capture(shop, 1)
            let authorized = try await shop.deliver(
                PaymentsFixture.event("payment.authorized", payment: "pay_4", order: "order_4", status: "authorized"),
                event: "evt_4")
            #expect(authorized.status == 200)
            for order in [1, 2, 4] { shop.provider.add(payment: "pay_\(order)", order: "order_\(order)", amount: 2000) }
            shop.provider.add(payment: "pay_3", order: "order_3", amount: 2000, status: "authorized")
            shop.provider.add(payment: "pay_5", order: "order_3", amount: 2000, status: "failed")
            let first = try await shop.reconcile()
            #expect(first.state == .done)
            #expect(
                [first.matched, first.missingHere, first.missingThere, first.amountDiff, first.repaired, first.open]
                    == [1, 3, 0, 0, 3, 0])
            #expect(
                try await shop.sql(Self.found) == """
                    payment pay_2 missing_here true captured there
                    payment pay_3 missing_here true authorized there
                    payment pay_4 missing_here true captured there
                    """)
            #expect(try await shop.state(2) == "confirmed 3 4")
            #expect(
                try await shop.sql("select string_agg(status, ' ' order by id) from payments.payments;")
                    == "captured captured authorized captured")
            // By the same function as the webhooks: the event that comes late is nothing new.
            #expect(try await shop.sql("select count(*) from ledger.entries where kind = 'payment_captured';") == "3")
            try await Self.capture(shop, 2)
            #expect(try await shop.sql("select count(*) from ledger.entries where kind = 'payment_captured';") == "3")
            let second = try await shop.reconcile()
            #expect(
                [second.matched, second.missingHere, second.missingThere, second.amountDiff, second.open] == [
                    4, 0, 0, 0, 0,
                ])
            #expect(try await shop.sql("select count(*) from payments.reconciliation_seen;") == "0")
        }
    }

    @Test func whatCannotBeMadeGoodStaysOpenAndIsNotWritten() async throws {
        try await PaymentsFixture.with { shop in
            for order in Int64(1)...2 { try await shop.payableOrder(order) }
            try await Self.capture(shop, 1)
            try await Self.capture(shop, 2)
            // 1 has another amount there, 2 is unknown there, 3 is of no order of ours.
            shop.provider.add(payment: "pay_1", order: "order_1", amount: 1999)
            shop.provider.add(payment: "pay_3", order: "order_nobody", amount: 500)
            let run = try await shop.reconcile()
            #expect(
                [run.matched, run.missingHere, run.missingThere, run.amountDiff, run.repaired, run.open] == [
                    0, 1, 1, 1, 0, 3,
                ])
            #expect(
                try await shop.sql(Self.found) == """
                    payment pay_1 amount_diff false
                    payment pay_2 missing_there false unknown there
                    payment pay_3 missing_here false no order of ours
                    """)
            #expect(
                try await shop.sql(
                    "select string_agg(amount_minor::text, ' ' order by provider_payment_id) from payments.provider_payments;"
                )
                    == "2000 2000")
        }
    }

    @Test func whatTheLedgerLacksOrHasOtherwiseIsFound() async throws {
        try await PaymentsFixture.with { shop in
            for order in Int64(1)...2 { try await shop.payableOrder(order) }
            try await Self.capture(shop, 1)
            shop.provider.add(payment: "pay_1", order: "order_1", amount: 2001)
            shop.provider.add(payment: "pay_2", order: "order_2", amount: 2000)
            _ = try await shop.sql(
                """
                update payments.provider_payments set amount_minor = 2001;
                insert into payments.provider_payments (provider, provider_payment_id, payment_id, order_id, rank, status, amount_minor, currency, captured_at)
                values ('razorpay', 'pay_2', 2, 2, 3, 'captured', 2000, 'INR', now());
                """)
            let run = try await shop.reconcile()
            #expect([run.matched, run.missingHere, run.amountDiff, run.repaired, run.open] == [2, 1, 1, 0, 2])
            #expect(
                try await shop.sql(Self.found) == """
                    ledger pay_1 amount_diff false payment in psp_clearing
                    ledger pay_2 missing_here false payment in psp_clearing
                    """)
            _ = try await shop.sql(
                """
                update payments.provider_payments set amount_minor = 2000 where provider_payment_id = 'pay_1';
                delete from payments.provider_payments where provider_payment_id = 'pay_2';
                """)
        }
    }

    @Test func whatWasPaidToTheBankIsComparedWithTheLedger() async throws {
        try await PaymentsFixture.with { shop in
            // 1 agrees, 2 is not booked, 3 is booked otherwise, 4 is unknown there, 5 is under way, 6 has its fees otherwise.
            for (id, amount, fee, tax) in [
                ("1", 9764, 236, 36), ("2", 4882, 118, 18), ("3", 100, 0, 0), ("6", 900, 100, 0),
            ] {
                shop.provider.add(settlement: "setl_\(id)", amount: amount)
                shop.provider.add(
                    line: "disp_\(id)", "adjustment", of: "setl_\(id)", credit: amount, fee: fee, tax: tax)
            }
            shop.provider.add(settlement: "setl_5", amount: 700, status: "created")
            _ = try await shop.sql(Self.disputes)
            _ = try await shop.sql(
                """
                select checkout.psp_settled_v1(1, 'razorpay', 'setl_1', 10000, 200, 36, 'INR');
                select checkout.psp_settled_v1(3, 'razorpay', 'setl_3', 101, 0, 0, 'INR');
                select checkout.psp_settled_v1(4, 'razorpay', 'setl_4', 500, 0, 0, 'INR');
                select checkout.psp_settled_v1(6, 'razorpay', 'setl_6', 900, 0, 0, 'INR');
                """)
            let first = try await shop.reconcile()
            #expect(
                [first.matched, first.missingHere, first.missingThere, first.amountDiff, first.repaired, first.open]
                    == [1, 1, 1, 2, 1, 3])
            #expect(
                try await shop.sql(Self.found) == """
                    settlement setl_2 missing_here true paid to the bank
                    settlement setl_3 amount_diff false
                    settlement setl_4 missing_there false unknown there
                    settlement setl_6 amount_diff false
                    """)
            #expect(
                try await Self.booked("setl_2", shop) == "bank 4882, psp_fees 100, gst_input 18, psp_clearing -5000")
            let second = try await shop.reconcile()
            #expect([second.matched, second.missingHere, second.open] == [2, 0, 3])
            _ = try await shop.sql("delete from payments.disputes;")
        }
    }

    /// Disputes that corrections of the provider's may be about.
    private static let disputes = """
        insert into payments.disputes (id, payment_id, order_id, provider, provider_dispute_id, provider_payment_id, amount_minor, currency, phase, status,
               ended_at)
        select n, n, n, 'razorpay', 'disp_' || n, 'pay_' || n, 1, 'INR', 'fraud', 'closed', now() from generate_series(1, 6) n;
        """

    /// What is booked of a settlement.
    private static func booked(_ settlement: String, _ shop: PaymentsFixture) async throws -> String {
        try await shop.sql(
            """
            select string_agg(l.account || ' ' || l.debit_minor - l.credit_minor, ', ' order by l.line_no)
              from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.reference = 'razorpay:\(settlement)';
            """)
    }

    @Test func aSettlementIsBookedByItsLinesAndTheyAreCompared() async throws {
        try await PaymentsFixture.with { shop in
            for order in 1...2 {
                try await shop.payableOrder(Int64(order))
                try await Self.capture(shop, order)
                shop.provider.add(payment: "pay_\(order)", order: "order_\(order)", amount: 2000)
            }
            // The header of the provider's own example: its fees are nought, they were taken off before.
            shop.provider.add(settlement: "setl_1", amount: 1952 + 1951 - 100 + 7)
            shop.provider.add(line: "pay_1", "payment", of: "setl_1", credit: 1952, fee: 48, tax: 7)
            shop.provider.add(line: "pay_2", "payment", of: "setl_1", credit: 1951, fee: 48, tax: 7)
            // Of the day after, which the report names.
            shop.provider.add(line: "rfnd_1", "refund", of: "setl_1", day: 4, debit: 100)
            shop.provider.add(line: "adj_1", "adjustment", of: "setl_1", day: 4, credit: 7)
            shop.provider.add(line: "pay_3", "payment", of: "setl_other", credit: 5)
            let run = try await shop.reconcile()
            #expect(
                try await shop.sql(Self.found) == """
                    ledger adj_1 missing_here false adjustment in setl_1
                    payment pay_2 amount_diff false in setl_1
                    refund rfnd_1 missing_here false in setl_1
                    settlement setl_1 missing_here true paid to the bank
                    """)
            #expect(run.open == 3)
            #expect(
                try await Self.booked("setl_1", shop) == "bank 3810, psp_fees 82, gst_input 14, psp_clearing -3906")
        }
    }

    @Test func aSettlementWithoutItsLinesIsNotBooked() async throws {
        try await PaymentsFixture.with { shop in
            shop.provider.add(settlement: "setl_1", amount: 89756)
            let run = try await shop.reconcile()
            #expect(run.open == 1)
            #expect(
                try await shop.sql(Self.found)
                    == "settlement setl_1 missing_here false its lines are not what was paid")
            #expect(try await Self.booked("setl_1", shop) == "")
        }
    }

    @Test func refundsAreComparedAndMadeGoodByTheirOwnDoor() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(1)
            try await Self.capture(shop, 1)
            shop.provider.add(payment: "pay_1", order: "order_1", amount: 2000)
            shop.provider.add(refund: "rfnd_1", payment: "pay_1", amount: 500)
            shop.refunds.use { news, transaction in
                #expect(news.event == nil)
                _ = try await transaction.query(
                    """
                    select code from checkout.refund_news_v2('razorpay', $1, $2, $3, $4, $5, $6, $7, $8, null, null, true,
                      $9, 'reconciliation', null)
                    """, news.refund, news.source.payment, news.source.order, news.source.amount,
                    news.source.isCaptured,
                    news.amount, news.currency, news.status,
                    [90_000_001, 90_000_002, 90_000_003, 90_000_004] as [Int64])
                return .applied(nil)
            }
            let first = try await shop.reconcile()
            #expect([first.matched, first.missingHere, first.repaired, first.open] == [1, 1, 1, 0])
            #expect(
                try await shop.sql(Self.found)
                    == "refund rfnd_1 missing_here true processed there, unknown here, now processed")
            let second = try await shop.reconcile()
            #expect([second.matched, second.missingHere, second.open] == [2, 0, 0])
        }
    }

    @Test func aRunThatWasBrokenOffGoesOnWhereItWas() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(1)
            for number in 0..<250 {
                shop.provider.add(payment: "pay_x\(number)", order: "order_x", amount: 5, status: "failed")
            }
            shop.provider.add(payment: "pay_1", order: "order_1", amount: 2000)
            let provider = shop.provider
            provider.use { call in call.path.hasPrefix("/v1/refunds") ? (500, "{}") : nil }
            let id = try await shop.beginReconciliation()
            await #expect(throws: ProviderFailure.self) { _ = try await shop.reconciler.advance(id, while: { true }) }
            #expect(
                try await shop.sql("select state || ' ' || step from payments.reconciliations;") == "running refunds")
            provider.use(nil)
            let before = provider.calls.filter { $0.path.hasPrefix("/v1/payments?") }
            #expect(before.map { $0.path.split(separator: "=").last } == ["0", "100", "200"])
            let run = try #require(try await shop.reconciler.advance(id, while: { true }))
            #expect(run.state == .done && run.repaired == 1 && run.open == 0)
            #expect(provider.calls.filter { $0.path.hasPrefix("/v1/payments?") }.count == 3)
            // Ended: nothing more is asked.
            let calls = provider.calls.count
            _ = try await shop.reconciler.advance(id, while: { true })
            #expect(provider.calls.count == calls)
        }
    }

    @Test func throttlingIsWaitedFor() async throws {
        try await PaymentsFixture.with { shop in
            let provider = shop.provider
            provider.use { call in provider.calls.count <= 3 ? (429, "{}") : nil }
            let run = try await shop.reconcile()
            #expect(run.state == .done)
        }
    }
}

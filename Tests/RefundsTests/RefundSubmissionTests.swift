// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Payments
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

@testable import Refunds

@Suite(.timeLimit(.minutes(5))) struct RefundSubmissionTests {
    /// An approved refund of 3,000 paise.
    private func approved(_ shop: RefundsFixture, _ order: Int64 = 7) async throws {
        try await shop.buy(order)
        let answer = try await shop.refund(order, #","lines":[\#(RefundsFixture.line(order, 1, quantity: 3))]"#)
        #expect(answer.status == 201)
    }

    @Test func carriesItToTheProviderAndFollowsIt() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.states(7) == "submitted 3000")
            #expect(shop.bank.calls.count == 1 && shop.bank.calls[0].hasPrefix("refund rf_"))
            #expect(await shop.jobs.run() == 0, "the next look is not due yet")
            shop.bank.set("rfnd_1", "processed")
            try await shop.workAtOnce()
            #expect(try await shop.states(7) == "processed 3000")
            #expect(shop.changed.withLock { $0 } == [OrderID(rawValue: 7), OrderID(rawValue: 7)])
            let state = try await shop.sql(
                "select p.status || ' ' || p.refunded_minor || ' ' || o.payment_rank from payments.payments p join orders.orders o on o.id = p.order_id;"
            )
            #expect(state == "partially_refunded 3000 4")
        }
    }

    @Test func waitsForTheEndOfADispute() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            try await shop.dispute(7, "open")
            await shop.jobs.run()
            #expect(shop.bank.calls == [])
            #expect(try await shop.states(7) == "approved 3000")
            try await shop.dispute(7, "won")
            #expect(await shop.jobs.run() == 1)
            #expect(try await shop.states(7) == "submitted 3000")
        }
    }

    @Test func whatALostDisputeGaveBackIsNotGivenBackAgain() async throws {
        try await RefundsFixture.with { shop in
            for order in Int64(7)...9 { try await approved(shop, order) }
            for (order, taken) in [(Int64(7), 6_000), (8, 4_000), (9, 3_000)] {
                try await shop.dispute(order, "open")
                try await shop.dispute(order, "lost", taking: taken)
            }
            await shop.jobs.run()
            await shop.jobs.run()
            #expect(try await shop.states(7) == "failed 3000 charged_back")
            #expect(try await shop.states(8) == "failed 3000 charged_back, submitted 2000, failed 1000 charged_back")
            #expect(try await shop.states(9) == "submitted 3000")
            #expect(shop.bank.refunds.map(\.amount).sorted() == [2_000, 3_000])
            let changed = shop.changed.withLock { Set($0) }
            #expect(changed == [OrderID(rawValue: 7), OrderID(rawValue: 8), OrderID(rawValue: 9)])
            let owed = try await shop.sql(
                "select sum(credit_minor - debit_minor) from ledger.lines where account = 'refund_clearing';")
            #expect(owed == "5000")
            let shown = try await shop.sql("select id from refunds.refunds where order_id = 7;")
            let detail = try await shop.get(
                "/api/admin/refunds/detail/?id=\(RefundID(rawValue: try #require(Int64(shown))))",
                as: RefundsFixture.admin)
            #expect(try detail.json["failure"]?["code"]?.string == "charged_back")
            #expect(try detail.json["superseded"]?.bool == true)
        }
    }

    @Test func aCallBeforeALossIsAskedFor() async throws {
        try await RefundsFixture.with { shop in
            for order in Int64(7)...8 { try await approved(shop, order) }
            // Of the first the provider knows nothing, of the second the answer was lost.
            shop.bank.next(.turnsAway, .losesAnswer)
            await shop.jobs.run()
            for order in Int64(7)...8 { try await shop.dispute(order, "lost") }
            try await shop.workAtOnce()
            #expect(shop.bank.calls.map { $0.prefix(4) } == ["refu", "refu", "find", "find"])
            #expect(try await shop.states(7) == "failed 3000 charged_back")
            #expect(try await shop.states(8) == "submitted 3000")
        }
    }

    @Test func asksDuringADisputeWhatBecameOfACall() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            try await approved(shop, 8)
            // Of the first the provider knows nothing, of the second the answer was lost.
            shop.bank.next(.turnsAway, .losesAnswer)
            await shop.jobs.run()
            try await shop.dispute(7, "open")
            try await shop.dispute(8, "open")
            try await shop.workAtOnce()
            #expect(shop.bank.calls.map { $0.prefix(4) } == ["refu", "refu", "find", "find"])
            #expect(try await shop.states(7) == "approved 3000")
            #expect(try await shop.states(8) == "submitted 3000")
            try await shop.dispute(7, "closed")
            await shop.jobs.run()
            #expect(try await shop.states(7) == "submitted 3000")
        }
    }

    @Test func aSecondPaymentGoesBackAfterTheDispute() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.sql(
                #"select t.pay('[{"event":"d7","po":"order_7","pp":"pay_7b","amount":6000}]');"#)
            try await shop.dispute(7, "open")
            await shop.jobs.run()
            #expect(try await shop.states(7) == "")
            try await shop.dispute(7, "won")
            await shop.jobs.run()
            #expect(try await shop.states(7).hasSuffix(" 6000"))
            // What was owed is submitted by a job of its own.
            await shop.jobs.run()
            #expect(shop.bank.calls.count == 1)
        }
    }

    @Test func aLostAnswerIsAskedForAndNotSentTwice() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            shop.bank.next(.losesAnswer)
            await shop.jobs.run()
            #expect(try await shop.states(7) == "approved 3000", "unknown is not failed")
            try await shop.workAtOnce()
            #expect(try await shop.states(7) == "submitted 3000")
            #expect(shop.bank.refunds.count == 1)
            #expect(shop.bank.calls.map { $0.prefix(4) } == ["refu", "find"])
        }
    }

    @Test func whatWasNotDoneIsSentAgainUnderItsKey() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            shop.bank.next(.turnsAway, .turnsAway)
            for _ in 0..<3 { try await shop.workAtOnce() }
            #expect(try await shop.states(7) == "submitted 3000")
            let keys = Set(shop.bank.calls.filter { $0.hasPrefix("refund") })
            #expect(keys.count == 1 && shop.bank.refunds.count == 1)
        }
    }

    @Test func aRefusalLeavesItFailedAndOwed() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            shop.bank.next(.refuses)
            await shop.jobs.run()
            #expect(try await shop.states(7) == "failed 3000 400")
            #expect(shop.bank.calls.map { $0.prefix(4) } == ["refu", "find"], "a refusal may be about our own refund")
            let owed = try await shop.sql(
                "select sum(credit_minor - debit_minor) from ledger.lines where account = 'refund_clearing';")
            #expect(owed == "3000")
            let events = try await shop.sql(
                "select string_agg(type || seq, ' ' order by seq) from platform.outbox where aggregate_type = 'refund';"
            )
            #expect(events == "refund.approved1 refund.failed2")
            #expect(await shop.jobs.run() == 0)
        }
    }

    @Test func twoProcessesMakeOneRefund() async throws {
        try await RefundsFixture.with { shop in
            try await approved(shop)
            let id = RefundID(rawValue: try #require(Int64(try await shop.sql("select id from refunds.refunds;"))))
            async let one: Void = shop.submission.submit(id, round: 1)
            async let two: Void = shop.submission.submit(id, round: 1)
            _ = try await (one, two)
            #expect(shop.bank.refunds.count == 1)
            #expect(try await shop.states(7) == "submitted 3000")
            #expect(try await shop.sql("select count(*) from refunds.history where to_status = 'submitted';") == "1")
        }
    }

    /// Hours later, and what its jobs owed is dead.
    private static let outage = """
        update platform.jobs set state = 'dead', updated_at = now() - interval '2 hours' where kind like 'refund.%';
        update refunds.refunds set updated_at = now() - interval '3 hours';
        """

    @Test func whatAnOutageLeftIsCarriedThereAfterAll() async throws {
        try await RefundsFixture.with { shop in
            let resume = ResumeProviderCalls(pool: shop.base.pool, logger: shop.base.logger)
            try await approved(shop)
            // It was made, and nobody heard of it until there were no attempts left.
            shop.bank.next(.losesAnswer)
            await shop.jobs.run()
            #expect(try await resume.run() == 0, "somebody works on it")
            _ = try await shop.sql(Self.outage)
            #expect(try await resume.run() == 1)
            await shop.jobs.run()
            #expect(try await shop.states(7) == "submitted 3000")
            #expect(shop.bank.refunds.count == 1)
        }
    }

    @Test func theEndOfARefundIsAskedForHoweverLongItTakes() async throws {
        try await RefundsFixture.with { shop in
            let resume = ResumeProviderCalls(pool: shop.base.pool, logger: shop.base.logger)
            try await approved(shop)
            await shop.jobs.run()
            #expect(try await resume.run() == 0, "its first look is owed")
            _ = try await shop.sql(Self.outage)
            #expect(try await resume.run() == 1)
            await shop.jobs.run()
            #expect(shop.bank.calls.last == "fetch rfnd_1")
            #expect(try await resume.run() == 0, "once a day")
            _ = try await shop.sql("update platform.jobs set updated_at = now() - interval '25 hours';")
            shop.bank.set("rfnd_1", "processed")
            #expect(try await resume.run() == 1)
            await shop.jobs.run()
            #expect(try await shop.states(7) == "processed 3000")
        }
    }

    @Test func moneyThatNobodyWantedBecomesARefund() async throws {
        try await RefundsFixture.with { shop in
            try await shop.buy(7)
            _ = try await shop.sql(
                #"select t.pay('[{"event":"e7b","po":"order_7","pp":"pay_7b","amount":6000}]');"#)
            try await shop.buy(8, paying: 0)
            _ = try await shop.sql(
                #"""
                select t.make_due('{8}'); select checkout.expire_v1(10);
                select t.pay('[{"event":"e8","po":"order_8","pp":"pay_8","amount":6000}]');
                update inventory.stock set on_hand = reserved, version = version + 1;
                select checkout.revive_v1('razorpay', 'pay_8');
                """#)
            for _ in 0..<3 { await shop.jobs.run() }
            let refunds = try await shop.sql(
                "select string_agg(order_id || ' ' || cause || ' ' || status || ' ' || provider_payment_id, ', ' order by order_id) from refunds.refunds;"
            )
            #expect(refunds == "7 duplicate_payment submitted pay_7b, 8 stock_unavailable submitted pay_8")
            #expect(
                try await shop.sql(
                    "select count(*) from platform.jobs where kind like 'payment.refund%' and state = 'done';") == "2")
            _ = try await shop.sql("update platform.jobs set state = 'ready' where kind like 'payment.refund%';")
            try await shop.workAtOnce()
            #expect(try await shop.sql("select count(*) from refunds.refunds;") == "2", "a second time owes nothing")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import Payments

/// The comparison with the provider: disputes of which nobody told us, or not how they went on.
@Suite(.timeLimit(.minutes(2)))
struct ReconcilerDisputesTests {
    private static let found = """
        select string_agg(provider_id || ' ' || difference || ' ' || repaired || coalesce(' ' || note, ''), E'\\n' order by provider_id)
          from payments.reconciliation_items where kind = 'dispute' and reconciliation_id = (select max(id) from payments.reconciliations);
        """
    private static let entries =
        "select string_agg(kind, ' ' order by kind) from ledger.entries where kind like 'dispute%';"
    private static let nothing = #"{"entity":"collection","count":0,"items":[]}"#

    private static func paidOrder(_ shop: PaymentsFixture) async throws {
        try await DisputeEventTests.paidOrder(shop)
        shop.provider.add(payment: "pay_Sbx1", order: "order_7", amount: 2000)
    }

    private static func tell(_ shop: PaymentsFixture, _ body: String, event: String) async throws {
        let answer = try await shop.deliver(body, event: event)
        #expect(answer.status == 200)
    }

    private static func counts(_ run: Reconciliation) -> [Int] {
        [run.matched, run.missingHere, run.missingThere, run.amountDiff, run.repaired, run.open]
    }

    @Test func aLossThatNobodyToldOfIsBookedOnce() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let lost = DisputeEventTests.dispute("lost", deducted: 2000)
            shop.provider.add(dispute: "disp_1", lost)
            #expect(Self.counts(try await shop.reconcile()) == [1, 1, 0, 0, 1, 0])
            #expect(
                try await shop.sql(Self.found)
                    == "disp_1 missing_here true chargeback lost there, unknown here, now chargeback lost")
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback lost lost")
            #expect(try await shop.sql("select actor from payments.dispute_history;") == "reconciliation")
            #expect(shop.changes.all == [OrderID(rawValue: 7), OrderID(rawValue: 7)])
            let clearing = "select sum(debit_minor - credit_minor) from ledger.lines where account = 'psp_clearing';"
            #expect(try await shop.sql(clearing) == "0")
            #expect(try await shop.sql(Self.entries) == "dispute_held dispute_lost")
            // By the same function as the webhooks: the events that come late are nothing new.
            try await Self.tell(
                shop, DisputeEventTests.event("created", DisputeEventTests.dispute("open")), event: "evt_d1")
            try await Self.tell(shop, DisputeEventTests.event("lost", lost), event: "evt_d2")
            #expect(Self.counts(try await shop.reconcile()) == [2, 0, 0, 0, 0, 0])
            #expect(try await shop.sql(Self.entries) == "dispute_held dispute_lost")
            #expect(try await shop.sql(clearing) == "0")
        }
    }

    @Test func aDisputeThatIsOpenHereIsAskedAboutWhateverDayItIsOf() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            try await Self.tell(
                shop, DisputeEventTests.event("created", DisputeEventTests.dispute("open")), event: "evt_d1")
            let provider = shop.provider
            // It began long ago: the list of the span does not name it.
            provider.use { call in call.path.hasPrefix("/v1/disputes?") ? (200, Self.nothing) : nil }
            provider.add(dispute: "disp_1", DisputeEventTests.dispute("open"))
            #expect(Self.counts(try await shop.reconcile()) == [2, 0, 0, 0, 0, 0])
            provider.add(dispute: "disp_1", DisputeEventTests.dispute("won"))
            #expect(Self.counts(try await shop.reconcile()) == [1, 1, 0, 0, 1, 0])
            #expect(
                try await shop.sql(Self.found)
                    == "disp_1 missing_here true chargeback won there, chargeback open here, now chargeback won")
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback won won")
            #expect(try await shop.sql(Self.entries) == "dispute_held dispute_won")
            // It has ended: nobody asks any more.
            let asked = provider.calls.filter { $0.path == "/v1/disputes/disp_1" }.count
            #expect(Self.counts(try await shop.reconcile()) == [1, 0, 0, 0, 0, 0])
            #expect(provider.calls.filter { $0.path == "/v1/disputes/disp_1" }.count == asked)
        }
    }

    @Test func whatTheListSaysLateTurnsNothingBack() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            let review = DisputeEventTests.dispute("under_review")
            try await Self.tell(shop, DisputeEventTests.event("under_review", review), event: "evt_d1")
            shop.provider.add(dispute: "disp_1", review)
            shop.provider.use { call in
                guard call.path.hasPrefix("/v1/disputes?") else { return nil }
                return (200, #"{"items":[\#(DisputeEventTests.dispute("open"))]}"#)
            }
            #expect(Self.counts(try await shop.reconcile()) == [2, 0, 0, 0, 0, 0])
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback under_review open")
            // Evidence is wanted again: the provider's word for it is open, and stays so.
            shop.provider.use(nil)
            shop.provider.add(dispute: "disp_1", DisputeEventTests.dispute("open"))
            #expect(Self.counts(try await shop.reconcile()) == [1, 1, 0, 0, 1, 0])
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback evidence_required open")
            #expect(Self.counts(try await shop.reconcile()) == [2, 0, 0, 0, 0, 0])
        }
    }

    @Test func whatCannotBeMadeGoodStaysOpenAndIsNotWritten() async throws {
        try await PaymentsFixture.with { shop in
            // 1 is unknown there, 2 asks for another amount, 3 has deducted less, 4 has ended otherwise in the same phase.
            for (order, status) in [(1, "open"), (2, "open"), (3, "lost"), (4, "won")] {
                try await shop.payableOrder(Int64(order))
                try await Self.tell(
                    shop, PaymentsFixture.event("payment.captured", payment: "pay_\(order)", order: "order_\(order)"),
                    event: "evt_\(order)")
                shop.provider.add(payment: "pay_\(order)", order: "order_\(order)", amount: 2000)
                let body = DisputeEventTests.event(
                    status == "open" ? "created" : status,
                    DisputeEventTests.dispute(status, deducted: status == "lost" ? 500 : 0, id: "disp_\(order)"))
                try await Self.tell(
                    shop,
                    body.replacing("pay_Sbx1", with: "pay_\(order)").replacing("order_7", with: "order_\(order)"),
                    event: "evt_d\(order)")
            }
            let entries = try await shop.sql(Self.entries)
            shop.provider.add(
                dispute: "disp_2",
                DisputeEventTests.dispute("open", id: "disp_2", payment: "pay_2").replacing("2000", with: "1900"))
            shop.provider.add(
                dispute: "disp_3", DisputeEventTests.dispute("lost", deducted: 400, id: "disp_3", payment: "pay_3"))
            shop.provider.add(
                dispute: "disp_4", DisputeEventTests.dispute("lost", deducted: 2000, id: "disp_4", payment: "pay_4"))
            #expect(Self.counts(try await shop.reconcile()) == [4, 1, 1, 2, 0, 4])
            #expect(
                try await shop.sql(Self.found) == """
                    disp_1 missing_there false unknown there
                    disp_2 amount_diff false
                    disp_3 amount_diff false deducted
                    disp_4 missing_here false chargeback lost there, chargeback won here, now chargeback won
                    """)
            #expect(try await shop.sql(Self.entries) == entries)
        }
    }

    @Test func aLossThatTurnedOutGreaterIsBookedOnce() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            try await Self.tell(
                shop, DisputeEventTests.event("lost", DisputeEventTests.dispute("lost", deducted: 500)), event: "evt_d1"
            )
            shop.provider.add(dispute: "disp_1", DisputeEventTests.dispute("lost", deducted: 2000))
            #expect(Self.counts(try await shop.reconcile()) == [1, 0, 0, 1, 1, 0])
            #expect(try await shop.sql(Self.found) == "disp_1 amount_diff true deducted")
            #expect(try await shop.sql("select deducted_minor from payments.disputes;") == "2000")
            #expect(try await shop.sql(Self.entries) == "dispute_held dispute_lost dispute_lost")
            #expect(Self.counts(try await shop.reconcile()) == [2, 0, 0, 0, 0, 0])
            #expect(try await shop.sql(Self.entries) == "dispute_held dispute_lost dispute_lost")
        }
    }

    @Test func theListIsReadToItsEndAndDisputesOfNobodysPaymentsStayOpen() async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            for number in 100..<200 {
                let name = "disp_\(number)"
                shop.provider.add(
                    dispute: name, DisputeEventTests.dispute("open", id: name, payment: "pay_nobody"))
            }
            shop.provider.add(dispute: "disp_last", DisputeEventTests.dispute("open", id: "disp_last"))
            #expect(Self.counts(try await shop.reconcile()) == [1, 101, 0, 0, 1, 100])
            let pages = shop.provider.calls.filter { $0.path.hasPrefix("/v1/disputes?") }
            #expect(pages.map { $0.path.split(separator: "=").last } == ["0", "100"])
            #expect(
                try await shop.sql(
                    "select note, count(*) from payments.reconciliation_items where not repaired group by note;")
                    == "no payment of ours|100")
            #expect(try await shop.sql(DisputeEventTests.row) == "chargeback open open")
        }
    }

    @Test("a provider that is away breaks the run off, which goes on there", arguments: ["?", "/disp_1"])
    func away(_ what: String) async throws {
        try await PaymentsFixture.with { shop in
            try await Self.paidOrder(shop)
            shop.provider.add(dispute: "disp_1", DisputeEventTests.dispute("lost", deducted: 2000))
            shop.provider.use { call in call.path.hasPrefix("/v1/disputes\(what)") ? (500, "{}") : nil }
            let id = try await shop.beginReconciliation()
            await #expect(throws: ProviderFailure.self) { _ = try await shop.reconciler.advance(id, while: { true }) }
            #expect(
                try await shop.sql("select state || ' ' || step from payments.reconciliations;") == "running disputes")
            #expect(try await shop.sql("select count(*) from payments.disputes;") == "0")
            shop.provider.use(nil)
            let run = try #require(try await shop.reconciler.advance(id, while: { true }))
            #expect(run.state == .done && Self.counts(run) == [1, 1, 0, 0, 1, 0])
            #expect(try await shop.sql(Self.entries) == "dispute_held dispute_lost")
        }
    }
}

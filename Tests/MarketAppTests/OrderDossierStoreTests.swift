// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import Orders
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

@Suite(.timeLimit(.minutes(2))) struct OrderDossierStoreTests {
    /// Two paid orders, the first one's only part cancelled; the third was paid after it had ended.
    private static let orders = """
        select t.shop(1, 1, 1, 50);
        select t.bought(1, '{100}'); select t.bought(2, '{100}');
        select t.move('{1001}', 'cancelled', 'admin');
        select t.payable(3, '{100}');
        select checkout.cancel_v1('{3}', '{3}', 'user:3', null, null);
        select t.pay('[{"event":"e3","po":"order_3","pp":"pay_3","amount":1000}]');
        """

    private static func with(_ body: @escaping @Sendable (PostgresPool) async throws -> Void) async throws {
        try await SeedFixture.withPool { pool, database in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await database.sql(orders)
            try await pool.loop.run { try await body(pool) }
        }
    }

    private static func objects(_ list: [[UInt8]]) throws -> [JSONValue] {
        try list.map { try JSONDocument(parsing: $0).root }
    }

    /// What was done to entities of these types.
    private static func acts(of types: Set<String>, in dossier: OrderDossier) throws -> [[UInt8]] {
        try dossier.audit.filter { act in
            types.contains(try JSONDocument(parsing: act).root["entity"]?["type"]?.string ?? "")
        }
    }

    private static func expectRefund(_ dossier: OrderDossier) throws {
        let refunds = try objects(dossier.refunds)
        #expect(refunds.count == 1)
        let refund = try #require(refunds.first)
        #expect(refund["status"]?.string == "approved" && refund["origin"]?.string == "automatic")
        #expect(refund["amount"]?["amount"]?.int == 1000 && refund["lines"]?.elements?.count == 1)
    }

    @Test func gathersWhatIsKnownOfOneOrder() async throws {
        try await Self.with { pool in
            let (order, part) = (OrderID(rawValue: 1), SellerOrderID(rawValue: 1001))
            let dossier = try await OrderDossierStore.dossier(of: order, parts: [part], in: pool)
            let events = try Self.objects(dossier.inboxEvents)
            #expect(events.map { $0["event_id"]?.string } == ["e1"])
            #expect(events.first?["state"]?.string == "processed")
            let moves = try Self.objects(dossier.paymentHistory)
            #expect(
                moves.map { "\($0["from"]?.string ?? "") \($0["to"]?.string ?? "") \($0["event_id"]?.string ?? "-")" }
                    == [
                        "created initiated -", "initiated captured e1",
                    ])
            #expect(moves.last?["actor"]?.string == "razorpay")
            let entries = try Self.objects(dossier.ledgerEntries)
            #expect(entries.map { $0["kind"]?.string } == ["payment_captured", "refund_approved"])
            #expect(entries.first?["lines"]?.elements?.first?["debit"]?["amount"]?.int == 1000)
            try Self.expectRefund(dossier)
            let reservations = try Self.objects(dossier.reservations)
            #expect(reservations.map { $0["state"]?.string } == ["released"])
            #expect(reservations.first?["seller_order_id"]?.string == "\(part)")
            #expect(reservations.first?["units"]?.elements?.first?["quantity"]?.int == 1)
            let acts = try Self.objects(Self.acts(of: ["order", "seller_order"], in: dossier))
            let refundActs = try Self.objects(Self.acts(of: ["refund"], in: dossier))
            #expect(refundActs.first?["action"]?.string == "refund.approved")
            #expect(acts.map { $0["action"]?.string } == ["seller_order.cancelled", "order.cancelled"])
            #expect(acts.first?["actor"]?["type"]?.string == "admin")
            #expect(acts.first?["entity"]?["id"]?.string == "\(part)")
            #expect(acts.first?["before"]?["status"]?.string == "placed")
            #expect(acts.last?["entity"]?["id"]?.string == "\(order)")
        }
    }

    @Test func showsEventsThatWereNotMatchedOrContradict() async throws {
        try await Self.with { pool in
            // A payment that is of no order here names the order; the one that was applied came again with another body.
            try await pool.execute(
                """
                insert into payments.events (provider, event_id, event_type, body_hash, body, state, provider_order_id, provider_payment_id, received_at)
                values ('razorpay', 'w1', 'payment.captured', sha256('w'), 'w', 'failed', 'order_1', 'pay_other', now() + interval '1 second'),
                       ('razorpay', 'w2', 'payment.captured', sha256('w'), 'w', 'waiting', 'order_other', 'pay_other2', now())
                """)
            try await pool.execute(
                """
                insert into payments.event_conflicts (provider, event_id, body_hash, event_type, body, received_at)
                values ('razorpay', 'e1', sha256('x'), 'payment.failed', 'x', now() + interval '2 seconds')
                """)
            let dossier = try await OrderDossierStore.dossier(of: OrderID(rawValue: 1), parts: [], in: pool)
            let events = try Self.objects(dossier.inboxEvents)
            #expect(
                events.map { "\($0["event_id"]?.string ?? "") \($0["state"]?.string ?? "")" }
                    == ["e1 processed", "w1 failed", "e1 conflict"])
            #expect(events.last?["type"]?.string == "payment.failed" && events.last?["note"]?.string != nil)
        }
    }

    @Test func aSellersEntriesHaveTheLinesOfItsAccountsAlone() async throws {
        try await Self.with { pool in
            let order = OrderID(rawValue: 2)
            for (id, kind, accounts) in [
                (900, "earned", ["order_funds:2", "seller_pending:1", "commission_revenue"]),
                (901, "refund_approved", ["seller_pending:11", "refund_clearing"]),
                (902, "adjustment", ["buyer_receivable:1:1", "buyer_receivable:1:11", "seller_available:1"]),
            ] as [(Int64, String, [String])] {
                try await pool.execute(
                    """
                    with e as (insert into ledger.entries (id, kind, reference, order_id, currency) values ($1, $2, $1::text, 2, 'INR') returning id)
                    insert into ledger.lines (entry_id, line_no, account, debit_minor, credit_minor)
                    select e.id, n, a, case when n < cardinality($3) then 5 else 0 end, case when n < cardinality($3) then 0 else 5 * (n - 1) end
                      from e, unnest($3::text[]) with ordinality u(a, n)
                    """, id, kind, accounts)
            }
            let seller = SellerID(rawValue: 1)
            let own = try Self.objects(try await OrderDossierStore.ledgerEntries(of: order, seller: seller, in: pool))
            #expect(
                own.map { entry in
                    (entry["lines"]?.elements ?? []).compactMap { $0["account"]?.string }
                } == [["seller_pending:1"], ["buyer_receivable:1:1", "seller_available:1"]])
            let all = try Self.objects(try await OrderDossierStore.ledgerEntries(of: order, in: pool))
            #expect(all.count == 4)
        }
    }

    @Test func findsFlaggedOrders() async throws {
        try await Self.with { pool in
            let late = try await OrderDossierStore.flagged(.late, in: pool)
            #expect(late == [OrderID(rawValue: 3)])
            let mismatched = try await OrderDossierStore.flagged(.mismatch, in: pool)
            #expect(mismatched.isEmpty)
        }
    }
}

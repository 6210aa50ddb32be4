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

    @Test func findsFlaggedOrders() async throws {
        try await Self.with { pool in
            let late = try await OrderDossierStore.flagged(.late, in: pool)
            #expect(late == [OrderID(rawValue: 3)])
            let mismatched = try await OrderDossierStore.flagged(.mismatch, in: pool)
            #expect(mismatched.isEmpty)
        }
    }
}

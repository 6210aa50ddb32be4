// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import bench

struct ReconcilerTests {
    private static let user = UserID(rawValue: 2000)
    private static let order = OrderID(rawValue: 900)
    private static let answer = OrderAnswer(id: order, total: 300)

    private static func sent(_ key: String, _ outcome: SentOrder.Outcome) -> SentOrder {
        SentOrder(key: key, user: user, total: 300, lines: "41x1,42x2", outcome: outcome)
    }

    private static func stored(
        _ id: OrderID = order, key: String? = "k1", user: UserID = user, total: Int64 = 300,
        lines: String = "41x1,42x2", reserved: Int64 = 3, sellers: Int64? = nil
    ) -> StoredOrder {
        StoredOrder(
            id: id, user: user, note: key, total: total, lines: lines, reserved: reserved, units: 3,
            sellerTotal: sellers ?? total)
    }

    private static func mismatches(_ sent: [SentOrder], _ stored: [StoredOrder]) -> [String] {
        Reconciler(sent: sent).mismatches(with: stored)
    }

    @Test func whatFitsIsNoMismatch() {
        #expect(
            Self.mismatches(
                [Self.sent("k1", .acknowledged(Self.answer)), Self.sent("k2", .refused("x"))], [Self.stored()])
                == [])
    }

    @Test func findsEveryKindOfMismatch() {
        let acknowledged = [Self.sent("k1", .acknowledged(Self.answer))]
        let other = OrderID(rawValue: 901)
        for (sent, stored, word) in [
            (acknowledged, [], "not stored"),
            (acknowledged, [Self.stored(), Self.stored(other)], "made 2 orders"),
            (acknowledged, [Self.stored(total: 299)], "stored with total 299"),
            (acknowledged, [Self.stored(lines: "41x1")], "has lines 41x1"),
            (acknowledged, [Self.stored(reserved: 2)], "3 units, and reservations of 2"),
            (acknowledged, [Self.stored(sellers: 1)], "its seller orders 1"),
            (acknowledged, [Self.stored(user: UserID(rawValue: 1))], "belongs to"),
            (acknowledged, [Self.stored(), Self.stored(other, key: nil)], "ordered by nobody"),
            (acknowledged, [Self.stored(), Self.stored(other, key: "k9")], "ordered by nobody"),
            ([Self.sent("k1", .refused("cart-changed"))], [Self.stored()], "was refused: cart-changed"),
            ([Self.sent("k1", .inDoubt)], [Self.stored()], "never answered"),
            ([Self.sent("k1", .acknowledged(OrderAnswer(id: Self.order, total: 1)))], [Self.stored()], "total 1,"),
        ] as [([SentOrder], [StoredOrder], String)] {
            let found = Self.mismatches(sent, stored)
            #expect(found.count == 1 && found[0].contains(word), "\(word): \(found)")
        }
        let twice = acknowledged + [Self.sent("k2", .acknowledged(Self.answer))]
        #expect(Self.mismatches(twice, [Self.stored()]).contains { $0.contains("acknowledged to keys k1 and k2") })
    }

    @Test func aSaleThatSellsTooFewOrTooManyIsAMismatch() {
        let sent = [
            Self.sent("k1", .acknowledged(Self.answer)), Self.sent("k2", .refused("insufficient-stock")),
            Self.sent("k3", .refused("insufficient-stock")),
        ]
        #expect(Reconciler(sent: sent).mismatches(selling: 1) == [])
        #expect(Reconciler(sent: sent).mismatches(selling: 2) == ["1 of 2 units were sold to 3 orders"])
        #expect(Reconciler(sent: sent + sent).mismatches(selling: 1) == ["2 of 1 units were sold to 6 orders"])
        #expect(Reconciler(sent: [Self.sent("k1", .refused("cart-changed"))]).mismatches(selling: 1).count == 2)
    }

    /// Searching finds what parsing finds, and nothing where the layout is another.
    @Test func ordersAreReadAlikeHoweverTheyAreLaidOut() {
        let (id, total) = (#""id":"\#(Self.order)""#, #""totals":{"grand_total":{"amount":300,"currency":"INR"}}"#)
        let sellers = #""seller_orders":[{"totals":{"grand_total":{"amount":7,"currency":"INR"}}}]"#
        for body in [
            "{\(id),\(total),\(sellers)}", "{\(id),\(sellers),\(total)}", "{\(sellers),\(id),\(total)}",
            "{ \(id), \(total) }",
        ] {
            #expect(OrderAnswer(Array(body.utf8)) == Self.answer, "\(body)")
        }
        for body in [
            "{\(id),\(sellers)}", "{\(total),\(sellers)}", #"{"id":"ord_","# + total + "," + sellers + "}", "",
        ] {
            #expect(OrderAnswer(Array(body.utf8)) == nil, "\(body)")
        }
    }

    @Test func answersMeanWhatTheySay() {
        func outcome(_ status: Int, _ body: String) -> OrderOutcome {
            OrderOutcome(.init(status: status, body: Array(body.utf8), keepsAlive: true))
        }
        #expect(
            outcome(201, #"{"id":"\#(Self.order)","totals":{"grand_total":{"amount":300,"currency":"INR"}}}"#)
                == .acknowledged(Self.answer))
        #expect(outcome(201, "{}") == .inDoubt("unreadable-order"))
        #expect(outcome(409, #"{"code":"insufficient-stock"}"#) == .refused("insufficient-stock"))
        #expect(outcome(409, #"{"code":"idempotency-in-progress"}"#) == .inDoubt("idempotency-in-progress"))
        #expect(outcome(503, #"{"code":"outcome-unknown"}"#) == .inDoubt("outcome-unknown"))
        #expect(outcome(404, "nothing") == .refused("status-404"))
    }

    /// Rows that a correct server cannot have made: an order of nobody, and reserved units without a reservation.
    @Test func findsWhatWasPlantedInTheDatabase() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(BenchFixture.catalogue)
            let clean = try await Self.check(database)
            #expect(clean == [])
            _ = try await database.sql(
                """
                update inventory.stock set reserved = 2 where variant_id = 41;
                insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor,
                  shipping_minor, tax_minor, total_minor, payment_method, reserved_until, shipping_address, billing_address,
                  request_hash, key_digest, key_retention_s)
                values (900, 2000, 1000, 1, 'expired', 'INR', 300, 0, 0, 0, 300, 'razorpay', now(), '{}', '{}',
                  sha256('a'), sha256('b'), 60);
                """)
            let found = try await Self.check(database)
            #expect(found.contains("\(Self.order) of \(Self.user) was ordered by nobody in this run"))
            #expect(found.contains("stock says 2 units are reserved, reservations hold 0"))
            #expect(found.contains("invariant stock.reserved_is_held_plus_committed does not hold"))
            #expect(found.contains("invariant orders.total_is_sum_of_seller_orders does not hold"))
        }
    }

    private static func check(_ database: TestDatabase) async throws -> [String] {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let found = try await loop.run {
            let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
            let store = BenchStore(client: pool)
            let variants = try await store.variants(withUnits: 100_000, limit: 2)
            #expect(variants == [VariantID(rawValue: 41), VariantID(rawValue: 42)])
            let backend = try await store.backend()
            #expect(backend.flatMap { ProcessUsage.postmaster(ofBackend: $0) } != nil)
            var found = Reconciler(sent: []).mismatches(with: try await store.orders(of: [user], since: 0))
            found += try await Reconciler.mismatches(in: store)
            await pool.close()
            return found
        }
        await group.shutdown()
        return found
    }
}

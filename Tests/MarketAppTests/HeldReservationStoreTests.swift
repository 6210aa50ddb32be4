// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import Operations
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

@Suite(.timeLimit(.minutes(2))) struct HeldReservationStoreTests {
    /// Three orders that somebody opened a payment for: one whose payment ran out, one whose time is over. A fourth is paid, a
    /// fifth given up.
    private static let orders = """
        select t.shop(1, 1, 2, 50);
        select t.payable(1, '{100,101}', 900); select t.payable(2, '{100}', 600); select t.payable(3, '{100}', 300);
        select t.bought(4, '{100}');
        select t.payable(5, '{100}'); select checkout.cancel_v1('{5}', '{5}', 'user:5', null, null);
        update payments.payments set status = 'expired' where order_id = 2;
        update inventory.reservations set expires_at = now() - interval '1 second', created_at = now() - interval '15 minutes'
         where order_id = 3;
        """

    private static func with(_ body: @escaping @Sendable (PostgresPool) async throws -> Void) async throws {
        try await SeedFixture.withPool { pool, database in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await database.sql(orders)
            try await pool.loop.run { try await body(pool) }
        }
    }

    @Test func readsWhatUnpaidOrdersHoldThatEndsFirst() async throws {
        try await Self.with { pool in
            let held = try await HeldReservationStore.page(after: nil, limit: 10, in: pool)
            #expect(held.map(\.order.rawValue) == [3, 2, 1])
            #expect(held.map(\.cause) == [.overdue, .unpaid, .paying])
            #expect(held[2].units.map(\.variant.rawValue) == [100, 101] && held[2].units.map(\.quantity) == [1, 1])
            #expect(held[0].ageSeconds >= 900 && held[1].ageSeconds < 900)
            #expect(held.allSatisfy { $0.createdAt < $0.expiresAt })
        }
    }

    @Test func goesOnAfterAPlace() async throws {
        try await Self.with { pool in
            var orders: [Int64] = []
            var place: HeldReservation.Position?
            while let next = try await HeldReservationStore.page(after: place, limit: 1, in: pool).first {
                orders.append(next.order.rawValue)
                place = (next.expiresAt, next.part)
            }
            #expect(orders == [3, 2, 1])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SellerOrderMovesTests {
    @Test func theDatabaseHasTheMovesOfTheMachine() async throws {
        try await OrdersFixture.with { shop in
            let rows = try await shop.pool.query(
                "select from_status, to_status, event, parties, coalesce(guard, '') from orders.seller_order_moves")
            let stored = try Set(
                rows.map { row in
                    "\(try row.string(0)) \(try row.string(1)) \(try row.string(2)) \(try row.int16(3)) \(try row.string(4))"
                })
            let ours = Set(
                SellerOrderStatus.machine.transitions.map { move in
                    "\(move.from.rawValue) \(move.to.rawValue) \(move.event.rawValue) \(move.by.rawValue) "
                        + (move.event.condition?.rawValue ?? "")
                })
            #expect(stored == ours)
            #expect(rows.count == SellerOrderStatus.machine.transitions.count)
        }
    }
}

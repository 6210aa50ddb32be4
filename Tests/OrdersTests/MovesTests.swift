// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct MovesTests {
    private static func rows<State: RawRepresentable<String>, Event: RawRepresentable<String>>(
        _ name: String, _ machine: StateMachine<State, Event>
    ) -> [String] {
        machine.transitions.map {
            "\(name) \($0.from.rawValue) \($0.to.rawValue) \($0.event.rawValue) \($0.by.rawValue)"
        }
    }

    @Test func theDatabaseHasTheMovesOfTheMachines() async throws {
        try await OrdersFixture.with { shop in
            let stored = try await shop.pool.query(
                "select machine, from_status, to_status, event, parties from platform.moves"
            ).map { row in
                "\(try row.string(0)) \(try row.string(1)) \(try row.string(2)) \(try row.string(3)) \(try row.int16(4))"
            }
            let ours =
                Self.rows("order", OrderStatus.machine) + Self.rows("payment", PaymentStatus.machine)
                + Self.rows("refund", RefundStatus.machine) + Self.rows("reservation", ReservationStatus.machine)
                + Self.rows("dispute", DisputeStatus.machine)
            #expect(Set(stored) == Set(ours), "\(Set(stored).symmetricDifference(ours).sorted())")
            #expect(stored.count == ours.count)
        }
    }
}

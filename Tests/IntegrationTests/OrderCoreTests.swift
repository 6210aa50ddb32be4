// SPDX-License-Identifier: Apache-2.0
import Actors
import Logging
import MarketCore
import Orders
import TestSupport
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct OrderCoreTests {
    /// Places the orders at once, each process its share, and counts the outcomes.
    private func race(_ cores: [OrderCore], _ orders: @escaping @Sendable (Int, OrderCore) -> [PlaceOrder]) async throws
        -> Tally
    {
        try await withThrowingTaskGroup(of: [Result<OrderActor.Result, any Error>].self) { group in
            for (index, core) in cores.enumerated() {
                group.addTask {
                    try await core.loop.run {
                        let tasks = orders(index, core).map { order in Task { try await core.orders.place(order) } }
                        var results: [Result<OrderActor.Result, any Error>] = []
                        for task in tasks { results.append(await task.result) }
                        return results
                    }
                }
            }
            var tally = Tally()
            for try await results in group {
                for result in results { tally.add(result) }
            }
            return tally
        }
    }

    private func broken(_ database: TestDatabase) async throws -> String {
        try await database.sql("select coalesce(string_agg(name, ','), '') from platform.invariants_v4() where not ok")
            .trimmingWhitespace
    }

    @Test(arguments: [1, 2]) func sellsExactlyWhatIsThere(processes: Int) async throws {
        try await OrderCore.with(processes: processes, stock: 100) { cores, database in
            _ = try await database.sql(Fixture.carts(200))
            let share = 200 / processes
            let tally = try await race(cores) { index, core in
                (index * share..<(index + 1) * share).map { Fixture.order($0, key: $0, ids: core.ids) }
            }
            #expect(tally == Tally(placed: 100, refused: 100, known: 0))
            let row = try await database.sql(
                "select on_hand, reserved, (select count(*) from orders.orders) from inventory.stock where variant_id = 41"
            )
            #expect(row.trimmingWhitespace == "100|100|100")
            #expect(try await broken(database) == "")
            for core in cores {
                let held = try await core.loop.run { await core.inventory.unitsHeld }
                #expect(held == 0)
            }
        }
    }

    @Test(arguments: [1, 2]) func oneKeyMakesOneOrder(processes: Int) async throws {
        try await OrderCore.with(processes: processes, stock: 100) { cores, database in
            _ = try await database.sql(Fixture.carts(1))
            let tally = try await race(cores) { _, core in
                (0..<50 / processes).map { _ in Fixture.order(0, key: 1, ids: core.ids) }
            }
            #expect(tally == Tally(placed: 1, refused: 0, known: 49))
            let counts = try await database.sql(
                "select (select count(*) from orders.orders), (select reserved from inventory.stock where variant_id = 41)"
            )
            #expect(counts.trimmingWhitespace == "1|1")
            #expect(try await broken(database) == "")
        }
    }

    @Test func unpaidOrdersEndOnceAndGiveTheirUnitsBack() async throws {
        try await OrderCore.with(processes: 2, stock: 10) { cores, database in
            _ = try await database.sql(Fixture.carts(4))
            let tally = try await race([cores[0]]) { _, core in
                (0..<4).map { Fixture.order($0, key: $0, ids: core.ids) }
            }
            #expect(tally.placed == 4)
            _ = try await database.sql(
                """
                update orders.orders set reserved_until = now() - interval '1 second' where cart_id < 1003;
                update inventory.reservations r set expires_at = o.reserved_until from orders.orders o where o.id = r.order_id;
                """)
            let ended = try await withThrowingTaskGroup(of: Int.self) { group in
                for core in cores {
                    group.addTask {
                        try await core.loop.run {
                            let sweeper = ReservationSweeper(
                                executor: core.loop, store: core.store, inventory: core.inventory,
                                logger: .init(label: "test"))
                            return await sweeper.sweep()
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(ended == 3)
            let row = try await database.sql(
                """
                select reserved, (select count(*) from orders.orders where status = 'expired'),
                       (select count(*) from platform.outbox where type = 'order.expired')
                  from inventory.stock where variant_id = 41
                """)
            #expect(row.trimmingWhitespace == "1|3|3")
            #expect(try await broken(database) == "")
        }
    }

    @Test func twoProcessesOnOneCartLoseNoChange() async throws {
        try await OrderCore.with(processes: 2, stock: 1) { cores, database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for core in cores {
                    group.addTask {
                        try await core.loop.run {
                            try await core.carts.withCart(of: .user(ID(rawValue: 77))) { cart in
                                for _ in 0..<10 { try await core.addLine(to: cart) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let row = try await database.sql(
                "select c.version, count(*) from carts.carts c join carts.cart_lines l on l.cart_id = c.id group by c.version"
            )
            #expect(row.trimmingWhitespace == "21|20")
        }
    }
}

extension String {
    fileprivate var trimmingWhitespace: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

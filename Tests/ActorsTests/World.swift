// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// A driver, a database, and the ways in which tests arrange and look at it.
struct World {
    let driver: Driver
    let database: SimulatedDatabase

    /// - Parameter seed: explores interleavings; nil runs jobs in order.
    init(seed: UInt64? = nil) {
        driver = Driver(seed: seed)
        database = SimulatedDatabase(
            executor: driver.executor, clock: driver.executor, dice: Dice(seed: seed ?? 1),
            trace: Trace(executor: driver.executor, isKept: false))
    }

    /// Changes the database between two jobs.
    func arrange(_ body: @Sendable (isolated SimulatedDatabase) -> Void) {
        driver.executor.perform { database.assumeIsolated { body($0) } }
    }

    /// Reads the database between two jobs.
    func look<Value: Sendable>(_ body: @Sendable (isolated SimulatedDatabase) -> Value) -> Value {
        driver.executor.perform { database.assumeIsolated { body($0) } }
    }

    func shop(
        orders: OrderLimits = OrderLimits(), inventory: InventoryLimits = InventoryLimits(), process: Int64 = 1
    ) -> Shop {
        Shop(driver.executor, database, orders: orders, inventory: inventory, process: process)
    }

    func place(_ shop: Shop, _ orders: [PlaceOrder]) -> [Pending<OrderActor.Result>] {
        orders.map { order in driver.start { try await shop.orders.place(order) } }
    }

    func place(_ shop: Shop, _ order: PlaceOrder) -> Pending<OrderActor.Result> {
        driver.start { try await shop.orders.place(order) }
    }

    /// Places one order to its end.
    func result(_ shop: Shop, _ order: PlaceOrder) throws -> OrderActor.Result {
        try driver.ask { try await shop.orders.place(order) }
    }

    func held(_ shop: Shop) -> Int {
        driver.executor.perform { shop.inventory.assumeIsolated { $0.unitsHeld } }
    }

    func row(_ shop: Shop, _ variant: Int64) -> StockRow? {
        driver.executor.perform { shop.inventory.assumeIsolated { $0.row(.test(variant)) } }
    }

    /// What was committed is sound, and nothing is held any more.
    func expectSound(_ shops: Shop..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(look { $0.problems() } == [], sourceLocation: sourceLocation)
        for shop in shops { #expect(held(shop) == 0, sourceLocation: sourceLocation) }
    }
}

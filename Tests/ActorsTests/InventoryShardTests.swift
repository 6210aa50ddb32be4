// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// What memory may say of stock, and on which row (hot path rules 5, 6 and 13).
@Suite struct InventoryShardTests {
    private static func row(_ onHand: Int, reserved: Int = 0, version: Int64, offer: Int64 = 1) -> StockRow {
        StockRow(
            variant: .test(1), onHand: onHand, reserved: reserved, version: version, offerVersion: offer, sellable: true
        )
    }

    private static func line(_ quantity: Int, offer: Int64 = 1) -> StockLine {
        StockLine(variant: .test(1), quantity: quantity, offerVersion: offer)
    }

    /// Runs a body with a table on its executor.
    private static func with(
        _ limits: InventoryLimits = InventoryLimits(),
        _ body: @Sendable (ManualExecutor, InventoryShard) -> Void
    ) {
        let executor = ManualExecutor()
        executor.perform { body(executor, InventoryShard(clock: executor, limits: limits)) }
    }

    /// Rule 6: replies overtake each other; an older row is not adopted.
    @Test func onlyANewerRowIsAdopted() {
        Self.with { _, table in
            table.adopt(Self.row(10, reserved: 4, version: 7), asOf: 0)
            table.adopt(Self.row(10, reserved: 1, version: 6), asOf: 0)
            #expect(table.row(.test(1))?.reserved == 4)
            table.adopt(Self.row(10, reserved: 5, version: 8), asOf: 0)
            #expect(table.row(.test(1))?.reserved == 5)
        }
    }

    /// Rule 6: only what is committed refuses; where holds stand in the way, the order waits.
    @Test func holdsParkAndOnlyCommittedRowsRefuse() {
        Self.with { _, table in
            table.adopt(Self.row(5, version: 1), asOf: 0)
            table.hold(Self.line(3))
            #expect(table.judge(Self.line(2), since: 0) == .fits)
            #expect(table.judge(Self.line(3), since: 0) == .parks)
            guard case .refused(let refusal) = table.judge(Self.line(6), since: 0) else {
                Issue.record("more than is committed fits nowhere")
                return
            }
            #expect(refusal.reason == .insufficientStock && refusal.available == 5)
            table.release(Self.line(3))
            #expect(table.judge(Self.line(3), since: 0) == .fits)
        }
    }

    /// Rule 13: 250 ms, counted from when the statement was sent.
    @Test func aRefusalRestsOnARowOfAtMostItsBound() {
        Self.with { executor, table in
            executor.jump(by: .seconds(1))
            let sent = executor.now
            executor.jump(by: .milliseconds(200))
            table.adopt(Self.row(0, version: 1), asOf: sent)
            executor.jump(by: .milliseconds(50))
            guard case .refused = table.judge(Self.line(1), since: executor.now) else {
                Issue.record("a row of 250 ms refuses")
                return
            }
            executor.jump(by: .milliseconds(1))
            #expect(table.judge(Self.line(1), since: executor.now) == .reload)
            // Whoever asked before it was read may be refused on it, however long that took.
            guard case .refused = table.judge(Self.line(1), since: sent) else {
                Issue.record("a row that was read for the demand refuses it")
                return
            }
        }
    }

    /// Rules 6 and 13: after an unknown outcome or a lost LISTEN nothing is believed but a read that was sent later.
    @Test func whatIsStaleIsReadAgain() {
        Self.with { executor, table in
            executor.jump(by: .seconds(1))
            table.adopt(Self.row(5, version: 1), asOf: executor.now)
            let before = executor.now
            executor.jump(by: .milliseconds(1))
            table.markAllStale()
            #expect(table.judge(Self.line(1), since: executor.now) == .reload)
            table.adopt(Self.row(5, version: 1), asOf: before)
            #expect(table.judge(Self.line(1), since: executor.now) == .reload, "that read may be what was there before")
            table.adopt(Self.row(5, version: 1), asOf: executor.now)
            #expect(table.judge(Self.line(1), since: executor.now) == .fits)
        }
    }

    /// Rule 5: a line says which offer it was priced with; memory that is behind it reads the row first.
    @Test func anotherOfferRefusesOnAFreshRow() {
        Self.with { executor, table in
            table.adopt(Self.row(5, version: 1, offer: 3), asOf: executor.now)
            guard case .refused(let refusal) = table.judge(Self.line(1, offer: 2), since: executor.now) else {
                Issue.record("an older price is refused")
                return
            }
            #expect(refusal.reason == .priceChanged)
            #expect(table.judge(Self.line(1, offer: 4), since: executor.now) == .reload)
        }
    }

    /// Rule 13: however many ask at once, one read.
    @Test func manyDemandsShareOneRead() {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 100)
            for cart in 1...50 { database.openCart(Int64(cart)) }
            database.delays = 3...3
        }
        let shop = world.shop()
        let tasks = world.place(shop, (1...50).map { .test($0) })
        #expect(world.driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value == .placed })
        #expect(world.look { $0.stockReads.count } == 1)
    }

    /// Rule 6: a hold ends only once the row that counts its units is known; between any two jobs.
    @Test(arguments: 1...20)
    func memoryNeverPromisesWhatIsSold(seed: UInt64) {
        let world = World(seed: seed)
        world.arrange { database in
            database.put(.test(1), onHand: 60)
            for cart in 1...40 { database.openCart(Int64(cart)) }
            database.delays = 0...4
        }
        let shop = world.shop(orders: .init(batch: 4))
        nonisolated(unsafe) var most = 0
        let (inventory, database) = (shop.inventory, world.database)
        world.driver.betweenJobs = {
            let spare = inventory.assumeIsolated { $0.spare(of: .test(1)) } ?? 0
            let committed = database.assumeIsolated { $0.stock[.test(1)]?.available } ?? 0
            most = max(most, spare - committed)
        }
        let tasks = world.place(shop, (1...40).map { .test($0) })
        #expect(world.driver.finish(tasks))
        #expect(most == 0, "so many more than are left")
        #expect(tasks.filter { $0.value == .placed }.count == 40)
        world.expectSound(shop)
    }

    /// Rule 9: judging and holding are one step, so that no two orders hold the same unit; between any two jobs.
    @Test(arguments: 1...20)
    func noUnitIsHeldTwice(seed: UInt64) {
        let world = World(seed: seed)
        world.arrange { database in
            database.put(.test(1), onHand: 20)
            for cart in 1...60 { database.openCart(Int64(cart)) }
            database.delays = 1...4
        }
        let shop = world.shop(orders: .init(batch: 4))
        nonisolated(unsafe) var most = 0
        let inventory = shop.inventory
        world.driver.betweenJobs = { most = max(most, inventory.assumeIsolated { $0.unitsHeld }) }
        let tasks = world.place(shop, (1...60).map { .test($0) })
        #expect(world.driver.finish(tasks))
        #expect(most == 20)
        #expect(tasks.filter { $0.value == .placed }.count == 20)
    }

    /// A replay says nothing of the rows that its first run left: the next demand reads them.
    @Test func aReplayMakesItsRowsStale() throws {
        let world = World()
        world.arrange { database in
            database.put(.test(1), onHand: 5)
            for cart in 1...3 { database.openCart(Int64(cart)) }
        }
        let (first, second) = (world.shop(), world.shop(process: 2))
        #expect(try world.result(second, .test(3)) == .placed)
        #expect(try world.result(first, .test(1)) == .placed)
        let known = try world.result(second, .test(1))
        guard case .known = known else {
            Issue.record("the key is known: \(known)")
            return
        }
        let before = world.look { $0.stockReads.count }
        #expect(try world.result(second, .test(2)) == .placed)
        #expect(world.look { $0.stockReads.count } == before + 1)
    }
}

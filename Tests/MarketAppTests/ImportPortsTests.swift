// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import Imports
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

/// What a process hears of the tables that it imports itself.
@Suite(.timeLimit(.minutes(2))) struct ImportPortsTests {
    /// Looks, at the moment of each announcement, at what the inventory still trusts.
    private final class Listener: ChangeNews {
        let inventory: InventoryDirectory
        let told = Mutex<[(change: SharedChange, spare: Int?)]>([])

        init(_ inventory: InventoryDirectory) { self.inventory = inventory }

        func announce(_ change: SharedChange) async {
            let spare = await inventory.spare(of: ImportPortsTests.variant)
            told.withLock { $0.append((change, spare)) }
        }
    }

    private static let variant = VariantID(rawValue: 41)

    @Test func ownStockIsReadAnewBeforeAnybodyIsTold() async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
            let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
            try await loop.run {
                // Fresh for an hour, so that nothing but the import can make a row stale.
                let inventory = InventoryDirectory(
                    executor: loop, clock: loop, shardCount: 2, limits: InventoryLimits(freshness: .seconds(3600)),
                    journal: StockStore(client: pool))
                let other = VariantID(rawValue: 42)
                for variant in [Self.variant, other] {
                    let row = StockRow(
                        variant: variant, onHand: 3, reserved: 3, version: 1, offerVersion: 1, sellable: true)
                    await inventory.adopt([row], asOf: loop.now)
                }
                let news = Listener(inventory)
                let ports = ImportPorts.ofShop(pool: pool, ids: ids, inventory: inventory, news: news) { _ in }
                await ports.changed(.products, [Self.variant])
                #expect(await inventory.spare(of: Self.variant) == 0)
                await ports.changed(.stock, [Self.variant])
                #expect(await inventory.spare(of: Self.variant) == nil, "who asks for it reads it first")
                #expect(await inventory.spare(of: other) == 0)
                let told = news.told.withLock { $0 }
                #expect(told.count == 1 && told.first?.change == .stock([Self.variant]))
                #expect(told.first.map { $0.spare == nil } == true)
                await pool.close()
            }
            await group.shutdown()
        }
    }
}

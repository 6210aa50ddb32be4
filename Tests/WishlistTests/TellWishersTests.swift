// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestRoutes
import TestSupport
import Testing
import Wishlist

@Suite(.timeLimit(.minutes(5))) struct TellWishersTests {
    @Test func tellsOnceOfALowerPrice() async throws {
        try await WishlistFixture.with { shop in
            _ = try await shop.add(1, notify: "price")
            _ = try await shop.add(1, notify: "stock", by: 2)
            try await shop.base.pool.execute("update catalog.variants set price_minor = 900 where id = 1")
            await shop.work()
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 950 where id = 1")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 920 where id = 1")
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1", "it was cheaper when it was told")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 800 where id = 1")
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1, wishlist.price_dropped 1 #2")
        }
    }

    /// The offers in memory are a few seconds old: what was seen is what stands.
    @Test func remembersThePriceThatStands() async throws {
        try await WishlistFixture.with { shop in
            try await shop.base.pool.execute("update catalog.variants set price_minor = 800 where id = 1")
            _ = try await shop.add(1, notify: "price")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 950 where id = 1")
            try await shop.base.pool.execute("update catalog.variants set price_minor = 900 where id = 1")
            await shop.work()
            #expect(try await shop.told() == "-")
        }
    }

    /// A price that falls while somebody puts the variant by is told: it waits for them.
    @Test func missesNoFallMeanwhile() async throws {
        try await WishlistFixture.with { shop in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await shop.base.pool.withTransaction { transaction in
                        _ = try await transaction.query("select wishlist.add_v1(1, 1, 'price')")
                        try await shop.until(
                            "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                    }
                }
                group.addTask {
                    try await shop.until("pg_locks where relation = 'wishlist.items'::regclass and granted")
                    try await shop.base.pool.execute("update catalog.variants set price_minor = 900 where id = 1")
                }
                try await group.waitForAll()
            }
            await shop.work()
            #expect(try await shop.told() == "wishlist.price_dropped 1 #1")
        }
    }

    @Test func tellsOnceOfWhatIsBack() async throws {
        try await WishlistFixture.with { shop in
            _ = try await shop.add(1, notify: "stock")
            for units in [0, 7, 0, 3] {
                try await shop.base.pool.execute(
                    "update inventory.stock set on_hand = $1, version = version + 1 where variant_id = 1", Int32(units))
                await shop.work()
            }
            await shop.work()
            #expect(try await shop.told() == "wishlist.back_in_stock 1 #1, wishlist.back_in_stock 1 #2")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// What the server stands on goes away in the middle and comes back; the server itself lives on.
@Suite(.timeLimit(.minutes(10)), .serialized) struct OutageTests {
    @Test func postgresIsKilledAndRedisForgets() async throws {
        try await CrashShop.withOwnPostgres { shop, postgres in
            let shoppers = try await Shopper.make(16, in: shop)
            try await shop.start()
            try await shop.open(to: shoppers) {
                for (killsPostgres, flushesRedis) in [(true, false), (false, true), (true, true)] {
                    await shop.progress.orders(more: 20)
                    if flushesRedis { try await shop.flushRedis() }
                    if killsPostgres {
                        await postgres.kill()
                        try await postgres.startAgain()
                    }
                    await shop.progress.orders(more: 20)
                    try await Comparison.checkInvariants(shop)
                }
            }
            let count = try await Comparison(shop: shop, shoppers: shoppers).run()
            print("2 kills of PostgreSQL, 2 flushes of Redis: \(count)")
        }
    }
}

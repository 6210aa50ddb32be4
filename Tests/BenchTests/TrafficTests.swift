// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
import TestSupport
import Testing

@testable import bench

/// Runs of every other kind of traffic.
struct TrafficTests {
    @Test func aFlashSaleSellsExactlyWhatThereIs() async throws {
        try await BenchShop.with(buyers: 30, sql: "update inventory.stock set on_hand = 11 where variant_id = 45;") {
            shop in
            let report = try await shop.measure(#""kind": "order", "lines": 1, "units": 11"#, requests: 1000).report
            #expect(report.mismatches == [])
            #expect((report.ok, report.refused, report.errors) == (11, 19, 0))
            let left = try await shop.count("select on_hand - reserved from inventory.stock where variant_id = 45")
            #expect(left == 0)
            await #expect(throws: BenchError.self) {
                _ = try await shop.measure(#""kind": "order", "lines": 1, "units": 11"#, requests: 1)
            }
        }
    }

    @Test func whoWasRefusedTriesAgain() async throws {
        try await BenchShop.with(buyers: 6, sql: "update inventory.stock set on_hand = 2 where variant_id = 45;") {
            shop in
            let report = try await shop.measure(
                #""kind": "order", "lines": 1, "units": 2, "tries_again": true"#, requests: 50
            ).report
            #expect(report.mismatches == [])
            #expect((report.ok, report.refused) == (2, 48))
        }
    }

    @Test func everyAdditionToACartIsThere() async throws {
        try await BenchShop.with(buyers: 5) { shop in
            let report = try await shop.measure(#""kind": "cart""#, requests: 40).report
            #expect(report.mismatches == [])
            #expect((report.ok, report.reconciled) == (40, true))
            // Seven were in the first one's before.
            let units = try await shop.count("select sum(quantity) from carts.cart_lines")
            #expect(units == 47)
        }
    }

    @Test func everyEventCountsOnce() async throws {
        try await BenchShop.with(buyers: 6) { shop in
            let report = try await shop.measure(#""kind": "webhook", "lines": 2"#, requests: 15).report
            #expect(report.mismatches == [])
            #expect((report.ok, report.reconciled) == (15, true))
            let paid = try await shop.count("select count(*) from orders.orders where status = 'confirmed'")
            #expect(paid == 15)
        }
    }

    @Test func aDayHasAllOfThem() async throws {
        try await BenchShop.with(buyers: 12) { shop in
            let day = try Scenario.load(Repository.root.appendingPathComponent("loadtest/mixed-day.json").path)
            let report = try await shop.measure(day, requests: 150).report
            #expect(report.mismatches == [])
            #expect((report.ok, report.errors) == (150, 0))
            #expect(report.parts.map(\.name) == ["browse", "cart", "order", "webhook"])
            #expect(report.parts.reduce(0) { $0 + $1.tally.requests } == 150)
        }
    }

    @Test func finishedKeysAreReplayedFromTheLevelThatIsWanted() async throws {
        let redis = try await EmbeddedRedis.makeOwn()
        try await BenchShop.with(buyers: 6, redis: redis.socketPath) { shop in
            func replays(_ level: String) -> String {
                #""kind": "replay", "lines": 2, "level": "\#(level)", "keys": 20"#
            }
            let memory = try await shop.measure(replays("memory"), requests: 50).report
            #expect(memory.mismatches == [])
            #expect((memory.ok, memory.errors) == (50, 0))
            // Its memory would answer.
            await #expect(throws: BenchError.self) { _ = try await shop.measure(replays("redis"), requests: 50) }
            let other = ServerProcess.Settings(databaseURL: shop.database.url, redisURL: redis.socketPath)
            try await ServerProcess.with(other) { second in
                for level in ["redis", "postgres"] {
                    let report = try await shop.measure(replays(level), requests: 1000, url: second.url) {
                        $0.prepareTarget = try LoadTarget(shop.server.url)
                    }.report
                    #expect(report.mismatches == [])
                    // Each key once: a second time the second server would remember it.
                    #expect((report.ok, report.errors) == (20, 0))
                }
            }
            let orders = try await shop.count("select count(*) from orders.orders")
            #expect(orders == 60)
        }
        await redis.stop()
    }

    @Test func redisCountersTellWhichLevelAnswered() throws {
        let before = try #require(RedisCounters("# Stats\r\nkeyspace_hits:5\r\nkeyspace_misses:7\r\n"))
        #expect(before == RedisCounters(hits: 5, misses: 7))
        #expect(RedisCounters("keyspace_hits:5") == nil)
        let hit = RedisCounters(hits: 95, misses: 10)
        #expect(before.complaint(until: hit, .redis, 100) == nil)
        #expect(before.complaint(until: hit, .redis, 101) != nil)
        #expect(before.complaint(until: hit, .postgres, 100) != nil)
        let missed = RedisCounters(hits: 15, misses: 97)
        #expect(before.complaint(until: missed, .postgres, 100) == nil)
        #expect(before.complaint(until: missed, .redis, 100) != nil)
        #expect(before.complaint(until: before, .memory, 10) == nil)
        #expect(before.complaint(until: hit, .memory, 100) != nil)
    }
}

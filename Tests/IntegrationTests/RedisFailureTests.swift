// SPDX-License-Identifier: Apache-2.0
import HTTP
import LocalServices
import TestSupport
import Testing

/// A Redis that hangs costs its time-out and changes no answer.
@Suite(.timeLimit(.minutes(5))) struct RedisFailureTests {
    @Test func aFrozenRedisDelaysOnly() async throws {
        let redis = try await EmbeddedRedis.makeOwn()
        try await LiveShop.with(stock: 30, redis: redis) { shop in
            let process = try #require(
                OtherProcess.find(program: "redis-server", commandLine: redis.socketPath))
            let buyers = try await shop.buyers(60)
            let first = try await shop.buy(Array(buyers.prefix(20)))
            #expect(RaceTests.tally(first) == ["201": 20])
            process.freeze()
            let frozen = try await shop.buy(Array(buyers[20..<40]))
            let replays = try await shop.buy(Array(buyers.prefix(20)))
            process.thaw()
            #expect(RaceTests.tally(frozen) == ["201": 10, "409 insufficient-stock": 10])
            #expect(RaceTests.tally(replays) == ["201 replayed": 20])
            #expect(replays.map(\.body) == first.map(\.body))
            // It is used again by itself.
            var state: String?
            for _ in 0..<10_000 where state != "ok" {
                state = try await shop.client.get("/api/health/ready/").json["checks"]?["redis"]?.string
            }
            #expect(state == "ok")
        }
        await redis.stop()
    }
}

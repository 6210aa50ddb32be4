// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// How many answers stay in memory.
@Suite struct KeptAnswerTests {
    @Test func theOldestAnswersLeaveOnceTheirBytesAreTooMany() throws {
        let driver = Driver(seed: nil)
        let limits = IdempotencyLimits(answersPerShard: 4, answerBytesPerShard: 10_000)
        let shard = IdempotencyActor(executor: driver.executor, clock: driver.executor, limits: limits)
        #expect(try kept(shard, driver, sizes: [3000, 3000, 3000, 3000]) == [false, true, true, true])
        // Small ones leave by number, a large one makes all others leave, and one beyond the bound does not stay.
        #expect(try kept(shard, driver, sizes: [1, 1, 1, 1, 1], from: 10) == [false, true, true, true, true])
        #expect(try kept(shard, driver, sizes: [1, 9000, 9000], from: 20) == [false, false, true])
        #expect(try kept(shard, driver, sizes: [10_001], from: 30) == [false])
        #expect(try kept(shard, driver, sizes: [3000], from: 40) == [true])
    }

    /// Finishes a key for each size and says which are still known.
    private func kept(_ shard: IdempotencyActor, _ driver: Driver, sizes: [Int], from first: UInt8 = 1) throws -> [Bool]
    {
        let keys = try sizes.indices.map { index in
            try #require(Hash32(Array(repeating: first + UInt8(index), count: 32)))
        }
        for (key, size) in zip(keys, sizes) {
            let answer = StoredAnswer(status: 201, fields: [], body: Array(repeating: 0x20, count: size))
            try driver.ask {
                _ = try await shard.begin(key, key)
                await shard.finish(key, key, answer, .made(retention: .seconds(3600)))
            }
        }
        return try keys.map { key in
            try driver.ask {
                guard case .execute = try await shard.begin(key, key) else { return true }
                await shard.abandon(key)
                return false
            }
        }
    }
}

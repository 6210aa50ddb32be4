// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import LocalServices

@Suite(.timeLimit(.minutes(1)))
struct LocalRedisTests {
    @Test func answersOnItsSocketWithABoundAndWithoutADiskCopy() async throws {
        try await withScratch { directory in
            let redis = try await LocalRedis.start(in: directory, memoryMax: 64 << 20)
            let policy = try await cli(redis, "config", "get", "maxmemory*")
            let save = try await cli(redis, "config", "get", "save")
            await redis.stop()
            #expect(policy.contains("allkeys-lru"))
            #expect(policy.contains("67108864"))
            #expect(save == "save\n\n")
        }
    }

    @Test func startsAgainAfterItWasKilled() async throws {
        try await withScratch { directory in
            let first = try await LocalRedis.start(in: directory, memoryMax: 16 << 20)
            for id in Leftovers.find(in: directory.root + "/redis") { kill(id, SIGKILL) }
            _ = await first.ended()
            let second = try await LocalRedis.start(in: directory, memoryMax: 16 << 20)
            let answer = try await cli(second, "ping")
            await second.stop()
            #expect(answer == "PONG\n")
        }
    }

    private func cli(_ redis: LocalRedis, _ words: String...) async throws -> String {
        let program = try #require(ServiceCommand.find("redis-cli"))
        let command = ServiceCommand(
            name: "redis-cli", executable: program, arguments: ["-s", redis.socketPath] + words, user: .current(),
            workingDirectory: "/")
        return try await command.run()
    }
}

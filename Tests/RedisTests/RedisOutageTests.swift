// SPDX-License-Identifier: Apache-2.0
import Foundation
import Redis
import Testing
import UVRuntime

/// Redis away, stopped or slow: callers go on without it.
@Suite(.timeLimit(.minutes(2))) struct RedisOutageTests {
    private static let quick: @Sendable (inout RedisConfiguration) -> Void = {
        $0.commandTimeout = .milliseconds(20)
        $0.connectTimeout = .seconds(10)
        $0.stallMax = .seconds(60)
    }

    /// Waits until a command is answered: on a busy machine a healthy server may miss 20 ms now and then.
    private static func untilAnswered(_ client: RedisClient) async throws {
        while true {
            try #require(await client.ready(within: .seconds(20)))
            if await client.get("probe".bytes) == "here".bytes { return }
        }
    }

    @Test func aStoppedServerCostsOneTimeOutAndThenNothing() async throws {
        try await withRedis(configure: Self.quick) { client, server in
            await client.set("probe".bytes, "here".bytes, ttl: .seconds(600))
            try await Self.untilAnswered(client)
            server.signal(SIGSTOP)
            await #expect(throws: RedisError.timedOut) {
                while true { _ = try await client.command(["GET".bytes, "probe".bytes]) }
            }
            #expect(await !client.isHealthy)
            let before = await client.statistics
            for _ in 0..<1000 { #expect(await client.get("probe".bytes) == nil) }
            #expect(await !client.set("x".bytes, "y".bytes, ttl: .seconds(1)))
            let after = await client.statistics
            // Nothing was sent, so nothing waited: 1001 calls were refused on the spot.
            #expect(after.sent == before.sent)
            #expect(after.unavailable == before.unavailable + 1001)
            server.signal(SIGCONT)
            try await Self.untilAnswered(client)
            #expect(await client.statistics.connects == 1)
        }
    }

    @Test func aServerThatStaysStoppedLosesItsConnection() async throws {
        let configure: @Sendable (inout RedisConfiguration) -> Void = {
            $0.commandTimeout = .milliseconds(20)
            $0.connectTimeout = .milliseconds(100)
            $0.stallMax = .milliseconds(50)
        }
        try await withRedis(configure: configure) { client, server in
            server.signal(SIGSTOP)
            while await client.isHealthy { _ = await client.get("k".bytes) }
            while await client.inFlight > 0 { try await client.loop.sleep(for: .milliseconds(5)) }
            server.signal(SIGCONT)
            try #require(await client.ready(within: .seconds(20)))
            #expect(await client.statistics.connects >= 2)
        }
    }

    @Test func aKilledServerFailsWhatIsInFlightAndComesBack() async throws {
        try await withRedis { client, server in
            server.signal(SIGSTOP)
            let tasks = (0..<10).map { _ in Task { try await client.command(["GET".bytes, "k".bytes]) } }
            while await client.inFlight < 10 { try await client.loop.sleep(for: .milliseconds(1)) }
            try await client.loop.sleep(for: .milliseconds(1))
            server.killAndWait()
            for task in tasks {
                await #expect(throws: RedisError.disconnected) { try await task.value }
            }
            #expect(await client.inFlight == 0)
            #expect(await client.get("k".bytes) == nil)
            await #expect(throws: RedisError.unavailable) { try await client.command(["PING".bytes]) }
            try server.restart()
            try #require(await client.ready(within: .seconds(20)))
            await client.set("k".bytes, "v".bytes, ttl: .seconds(9))
            #expect(await client.get("k".bytes) == "v".bytes)
            #expect(await client.statistics.connects == 2)
        }
    }

    @Test func aSlowCommandTimesOutAndItsLateReplyGoesToNobody() async throws {
        let arguments = ["--enable-debug-command", "local"]
        try await withRedis(arguments: arguments, configure: Self.quick) { client, _ in
            await client.set("probe".bytes, "here".bytes, ttl: .seconds(600))
            try await Self.untilAnswered(client)
            await #expect(throws: RedisError.timedOut) {
                // Blocks the whole server, as a slow script or a fork would.
                _ = try await client.command(["DEBUG".bytes, "SLEEP".bytes, "0.3".bytes])
            }
            // The reply of the sleeper comes first and must not be taken for the answer of this one.
            try await Self.untilAnswered(client)
            #expect(await client.statistics.connects == 1)
        }
    }

    @Test func aWrongPasswordNeverBecomesReady() async throws {
        try await withRedis(arguments: ["--requirepass", "right"], configure: { $0.password = "right" }) { client, _ in
            var wrong = client.configuration
            wrong.password = "wrong"
            let other = RedisClient(loop: client.loop, configuration: wrong, logger: .silent)
            await other.start()
            #expect(await other.ready(within: .milliseconds(200)) == false)
            #expect(await other.get("k".bytes) == nil)
            await other.close()
        }
    }

    @Test func nobodyListening() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        // Port 1 of the loopback interface: refused at once. The second: a name that does not exist (RFC 6761).
        for url in ["redis://127.0.0.1:1", "redis://none.invalid", "/nowhere/redis.sock"] {
            let configuration = try #require(RedisConfiguration(url: url))
            let client = RedisClient(loop: loop, configuration: configuration, logger: .silent)
            try await loop.run {
                await client.start()
                #expect(await client.ready(within: .milliseconds(100)) == false)
                #expect(await client.get("k".bytes) == nil)
                await client.close()
                #expect(await client.ready(within: .seconds(60)) == false)
            }
        }
        await group.shutdown()
    }
}

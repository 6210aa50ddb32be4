// SPDX-License-Identifier: Apache-2.0
import HTTP
import LocalServices
import Logging
import MarketCore
import MarketCrypto
import Redis
import TestSupport
import Testing
import UVRuntime

@testable import MarketHTTP

/// Two processes' memories over one Redis. Budgets by the day: while a test runs, nothing is given back.
@Suite(.timeLimit(.minutes(2))) struct RedisRateLimitsTests {
    private struct Pair: Sendable {
        let redis: RedisClient
        let first: RateLimiterTests.Fixture
        let second: RateLimiterTests.Fixture
    }

    private static func with(
        _ policies: String, installation: String, _ body: @escaping @Sendable (Pair) async throws -> Void
    ) async throws {
        let socket = try await EmbeddedRedis.shared().socketPath
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<Void, any Error>
        do {
            try await loop.run {
                var configuration = RedisConfiguration(address: .unix(path: socket))
                // A busy machine must not look like an outage.
                configuration.commandTimeout = .seconds(10)
                let redis = RedisClient(
                    loop: loop, configuration: configuration,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                await redis.start()
                try #require(await redis.ready(within: .seconds(20)))
                // A client of its own each, as processes have: each loads the script.
                let pair = Pair(
                    redis: redis,
                    first: try .init(policies, shared: RedisRateLimits(redis: redis, installation: installation)),
                    second: try .init(policies, shared: RedisRateLimits(redis: redis, installation: installation)))
                try await body(pair)
                await redis.close()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }

    private static let user = RateLimitSubject.user(UserID(rawValue: 41))

    @Test func strictBudgetsAreExactOverTwoProcesses() async throws {
        try await Self.with("login 5/day", installation: "limits-strict") { pair in
            var answers: [Bool] = []
            for round in 0..<8 {
                answers.append(await (round % 2 == 0 ? pair.first : pair.second).takes(.login, Self.user))
            }
            #expect(answers == [true, true, true, true, true, false, false, false])
            let other = await pair.second.takes(.login, .user(UserID(rawValue: 42)))
            #expect(other)
        }
    }

    @Test func tokensInAdvanceNeverExceedTheQuota() async throws {
        try await Self.with("read 300/day", installation: "limits-leased") { pair in
            let before = await pair.redis.statistics.sent
            var taken = 0
            var refusals = 0
            while refusals < 4 {
                for process in [pair.first, pair.second] {
                    if await process.takes(.read, Self.user) { taken += 1 } else { refusals += 1 }
                }
                if taken > 400 { break }
            }
            #expect(taken == 300)
            let asked = await pair.redis.statistics.sent - before
            #expect(asked < 75, "\(asked) commands for 300 requests")
        }
    }

    @Test func aScriptThatRedisForgotIsLoadedAgain() async throws {
        try await Self.with("login 5/day", installation: "limits-forgotten") { pair in
            #expect(await pair.first.takes(.login, Self.user))
            _ = try await pair.redis.command(["SCRIPT", "FLUSH"].map { Array($0.utf8) })
            for _ in 0..<4 { #expect(await pair.first.takes(.login, Self.user)) }
            #expect(await !pair.second.takes(.login, Self.user))
        }
    }

    @Test func aBucketRefillsByRedissClockAndIsGoneWhenItIsFull() async throws {
        try await Self.with("login 5/day", installation: "limits-refill") { pair in
            for _ in 0..<5 { #expect(await pair.first.takes(.login, Self.user)) }
            let key = Array("mve:limits-refill:limit:login:u29".utf8)
            let life = try await pair.redis.command([Array("PTTL".utf8), key]).integer ?? 0
            #expect((86_300_000...86_400_000).contains(life))
            // Two intervals of 17,280 s later, as the key would then say it.
            let value = try #require(await pair.redis.get(key))
            let fullAt = try #require(Int64(String(decoding: value, as: UTF8.self)))
            await pair.redis.set(key, Array(String(fullAt - 2 * 17_280_000_000).utf8), ttl: .seconds(600))
            #expect(await pair.second.takes(.login, Self.user))
            #expect(await pair.second.takes(.login, Self.user))
            #expect(await !pair.second.takes(.login, Self.user))
        }
    }

    @Test func anAnswerThatIsNoneCountsAsAway() async throws {
        try await Self.with("login 5/day", installation: "limits-broken") { pair in
            let key = Array("mve:limits-broken:limit:login:u29".utf8)
            _ = try await pair.redis.command([Array("RPUSH".utf8), key, Array("x".utf8)])
            for _ in 0..<5 { #expect(await pair.first.takes(.login, Self.user)) }
            #expect(await !pair.first.takes(.login, Self.user))
        }
    }
}

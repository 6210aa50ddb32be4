// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import LocalServices
import TestSupport
import Testing

/// Budgets of two real servers over one Redis, which hangs and comes back. By the day: nothing is given back meanwhile.
@Suite(.timeLimit(.minutes(5))) struct RateLimitTests {
    private static let policies = "read 40/day\nwrite 12/day\nlogin 6/day\nlogin-account 4/day\nregister 3/day\n"

    private static func with(
        _ shape: LiveShop.Shape, redis: LocalRedis?, _ body: @Sendable (LiveShop) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "mve-limits-" + UUID().uuidString
        try policies.write(toFile: path, atomically: true, encoding: .utf8)
        let result: Result<Void, any Error>
        do {
            let environment = ["RATE_LIMITS": path, "TRUSTED_PROXIES": "127.0.0.1"]
            try await LiveShop.with(shape, redis: redis, environment: environment, body)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(atPath: path)
        try result.get()
    }

    /// Asks the servers in turn until each has refused; says how many answers were none.
    private static func drain(
        _ servers: [ServerProcess], token: String? = nil, from address: String = "198.51.100.1"
    ) async throws -> Int {
        var answered = 0
        var refusing: Set<String> = []
        while refusing.count < servers.count, answered < 1000 {
            for server in servers {
                let answer = try await server.client.send(
                    "GET", "/api/cart/get/", token: token, headers: [("X-Forwarded-For", address)])
                if answer.code == "rate-limited" {
                    refusing.insert(server.url)
                    #expect(answer.status == 429)
                    #expect(answer.header("RateLimit-Policy") == "\"read\";q=40;w=86400")
                    #expect(answer.header("RateLimit")?.hasPrefix("\"read\";r=0;t=") == true)
                    #expect((Int(answer.header("Retry-After") ?? "") ?? 0) > 0)
                } else {
                    #expect(answer.status == 200)
                    answered += 1
                }
            }
        }
        return answered
    }

    /// Failures of Redis that the servers have seen: on a busy machine an answer may take longer than they wait, and then each
    /// counts alone for a moment.
    private static func redisErrors(_ servers: [ServerProcess]) async throws -> Double {
        var sum = 0.0
        for server in servers {
            let address = server.log.lazy.compactMap { $0.firstMatch(of: /metrics on (http:\S+)\/metrics/) }.first?
                .output.1
            let monitor = try TestClient(url: String(try #require(address)))
            let text = try await monitor.get("/metrics").text
            await monitor.close()
            for line in text.split(separator: "\n") where line.hasPrefix("mve_redis_errors_total{") {
                sum += line.split(separator: " ").last.flatMap { Double($0) } ?? 0
            }
        }
        return sum
    }

    /// Both servers together answer one budget; where Redis failed them meanwhile, one each at most.
    private static func expectOneBudget(
        _ servers: [ServerProcess], token: String? = nil, from address: String = "198.51.100.1"
    ) async throws {
        let before = try await redisErrors(servers)
        let answered = try await drain(servers, token: token, from: address)
        if try await redisErrors(servers) == before {
            #expect(answered == 40)
        } else {
            #expect((1...40 * servers.count).contains(answered))
        }
    }

    @Test func twoServersShareTheirBudgets() async throws {
        let redis = try await EmbeddedRedis.makeOwn()
        try await Self.with(.init(servers: 2), redis: redis) { shop in
            let buyers = try await shop.buyers(2)
            try await Self.expectOneBudget(shop.servers)
            // Another address, and users wherever they ask from.
            try await Self.expectOneBudget(shop.servers, from: "198.51.100.2")
            try await Self.expectOneBudget(shop.servers, token: buyers[0].token)
            let moved = try await Self.drain(shop.servers, token: buyers[0].token, from: "198.51.100.3")
            #expect(moved == 0)
            let health = try await shop.client.get("/api/health/")
            #expect(health.status == 200 && health.header("RateLimit") == nil)
            for _ in 0..<20 {
                let hook = try await shop.client.post("/api/payments/webhook/", "{}")
                #expect(hook.code == "signature-invalid" && hook.header("RateLimit") == nil)
            }
        }
        await redis.stop()
    }

    @Test func aHangingRedisLeavesEachServerItsOwn() async throws {
        let redis = try await EmbeddedRedis.makeOwn()
        try await Self.with(.init(servers: 2), redis: redis) { shop in
            let process = try #require(OtherProcess.find(program: "redis-server", commandLine: redis.socketPath))
            try await Self.expectOneBudget(shop.servers)
            process.freeze()
            // What was known stays known; for who is new each server counts alone.
            let known = try await Self.drain(shop.servers)
            #expect(known == 0)
            let alone = try await Self.drain(shop.servers, from: "198.51.100.7")
            #expect(alone == 80)
            process.thaw()
            for server in shop.servers {
                var state: String?
                for _ in 0..<10_000 where state != "ok" {
                    state = try await server.client.get("/api/health/ready/").json["checks"]?["redis"]?.string
                }
                #expect(state == "ok")
            }
            try await Self.expectOneBudget(shop.servers, from: "198.51.100.8")
        }
        await redis.stop()
    }

    /// The limit comes behind authentication and before the key: who is refused may send the key again.
    @Test func aRefusalUsesUpNoKey() async throws {
        try await Self.with(.init(), redis: nil) { shop in
            let buyers = try await shop.buyers(1)
            let token = buyers[0].token
            let forged = try await shop.client.post(
                "/api/orders/create/", LiveShop.order(), token: token + "x", key: "k1")
            #expect(forged.status == 401 && forged.header("RateLimit") == nil)
            for number in 0..<12 {
                let answer = try await shop.client.post(
                    "/api/cart/update/", "{}", token: token, key: "used-\(number)")
                #expect(answer.status == 422)
            }
            let refused = try await shop.client.post(
                "/api/orders/create/", LiveShop.order(), token: token, key: "bad key")
            #expect(refused.code == "rate-limited")
            let keys = try await shop.database.text("select count(*) from orders.orders")
            #expect(keys == "0")
        }
    }

    /// Passwords: by address, and by account whether it exists or not.
    @Test func logInsAreCountedTwice() async throws {
        try await Self.with(.init(), redis: nil) { shop in
            func logIn(_ email: String, from address: String) async throws -> TestClient.Answer {
                try await shop.client.send(
                    "POST", "/api/auth/login/", #"{"email":"\#(email)","password":"wrong password"}"#,
                    headers: [("X-Forwarded-For", address)])
            }
            for _ in 0..<6 {
                _ = try await shop.client.send(
                    "POST", "/api/auth/login/", "{}", headers: [("X-Forwarded-For", "198.51.100.1")])
            }
            #expect(try await logIn("a@example.org", from: "198.51.100.1").code == "rate-limited")
            for host in 10..<14 {
                let answer = try await logIn("nobody@example.org", from: "198.51.100.\(host)")
                #expect(answer.code == "invalid-credentials")
                #expect(answer.header("RateLimit")?.contains("login-account") == false)
            }
            let refused = try await logIn("NOBODY@example.org", from: "198.51.100.20")
            #expect(refused.code == "rate-limited")
            #expect(refused.header("Retry-After") == "21600")
            #expect(refused.header("RateLimit")?.hasPrefix("\"login\";r=5;") == true)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Glibc
import MarketHTTP
import TestSupport
import Testing

/// Duplicates that come while the first still runs.
@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
    private typealias Answer = TestClient.Answer

    /// Starts a request and returns once its handler waits at the doorstep.
    private func started(
        _ shop: SmallShop, _ path: String = "/things/", key: String = SmallShop.key, plan: String = ""
    ) async throws -> Task<Answer, any Error> {
        shop.doorstep.shut()
        let before = shop.doorstep.came
        let first = Task { try await shop.make("{}", key: key, path, headers: [(name: "X-Plan", value: plan)]) }
        try await shop.until { shop.doorstep.came > before }
        return first
    }

    /// Starts a duplicate and returns once it waits.
    private func duplicate(
        _ shop: SmallShop, _ path: String = "/things/", key: String = SmallShop.key
    ) async throws -> Task<Answer, any Error> {
        let second = Task { try await shop.make("{}", key: key, at: shop.other, path) }
        try await shop.until { try await shop.other.waiting() == 1 }
        return second
    }

    /// Fifty at once, over as many processes as there are: one executes, and everybody gets its answer.
    @Test(arguments: [1, 2]) func cases19and60_parallelDuplicatesExecuteOnce(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<50 {
                    group.addTask { try await shop.make(at: shop.servers[number % servers]) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { !$0.isReplay } == 1)
            #expect(answers.allSatisfy { $0.status == 201 && $0.body == answers[0].body })
            #expect(try await shop.effects() == 1)
            #expect(shop.doorstep.came == 1)
        }
    }

    @Test(arguments: [1, 2]) func case20_aDuplicateWaitsForTheFirst(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await started(shop)
            let second = try await duplicate(shop)
            // Three seconds pass, and it still waits.
            try await shop.pass(.seconds(3))
            #expect(try await shop.other.waiting() == 1)
            shop.doorstep.open()
            let (answer, replay) = (try await first.value, try await second.value)
            #expect(answer.status == 201 && !answer.isReplay)
            #expect(replay.isReplay && replay.body == answer.body)
            #expect(shop.doorstep.came == 1)
        }
    }

    @Test(arguments: [1, 2]) func case21_aDuplicateWaitsTenSecondsAtMost(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await started(shop)
            let second = try await duplicate(shop)
            try await shop.pass(.seconds(9))
            #expect(try await shop.other.waiting() == 1)
            try await shop.pass(.seconds(1))
            let refused = try await second.value
            #expect(refused.status == 409 && refused.code == "idempotency-in-progress" && !refused.isReplay)
            #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
            shop.doorstep.open()
            let answer = try await first.value
            let later = try await shop.make("{}", at: shop.other)
            #expect(answer.status == 201 && later.isReplay && later.body == answer.body)
        }
    }

    @Test(arguments: [1, 2]) func case22_anotherBodyIsRefusedWhileTheFirstRuns(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            let first = try await started(shop)
            let other = try await shop.make(#"{"other":1}"#, at: shop.other)
            #expect(other.status == 409 && other.code == "idempotency-key-reused")
            #expect(other.header("Retry-After") == nil)
            shop.doorstep.open()
            #expect(try await first.value.status == 201)
        }
    }

    @Test(arguments: [1, 2]) func case23_aDuplicateExecutesWhenTheFirstRolledBack(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            for (number, plan) in ["mishap", "throw:500", "return:500"].enumerated() {
                let key = "key-of-plan-number-\(number)"
                let first = try await started(shop, "/planned/", key: key, plan: plan)
                let second = try await duplicate(shop, "/planned/", key: key)
                shop.doorstep.open()
                let (failed, executed) = (try await first.value, try await second.value)
                #expect(failed.status == 500, "\(plan)")
                #expect(executed.status == 201 && !executed.isReplay, "\(plan)")
                #expect(shop.doorstep.came == 2 * (number + 1), "\(plan)")
                let effects = try await shop.effects()
                #expect(effects == number + 1, "\(plan)")
            }
        }
    }

    /// A thousand clients and their server in one process need more files than a shell allows by default.
    private static func allowFiles() throws {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        try #require(getrlimit(files, &limit) == 0)
        limit.rlim_cur = limit.rlim_max
        try #require(setrlimit(files, &limit) == 0 && limit.rlim_cur >= 4096)
    }

    /// Far more wait for one key than the pool has connections; other keys are served meanwhile.
    @Test(arguments: [1, 2]) func case58_waitersKeepNoConnection(servers: Int) async throws {
        try Self.allowFiles()
        try await SmallShop.with(.init(servers: servers, connections: 2)) { shop in
            let first = try await started(shop)
            let client = try TestClient(url: shop.other.client.url, connections: 500)
            let second = try TestClient(url: shop.other.client.url, connections: 500)
            let waiting = (0..<1000).map { number in
                Task { try await (number % 2 == 0 ? client : second).post("/things/", "{}", key: SmallShop.key) }
            }
            try await shop.until { try await shop.other.waiting() >= 999 }
            shop.doorstep.letThrough()
            for number in 0..<8 {
                let other = try await shop.make("{}", key: "other-key-0123456\(number)", at: shop.other)
                #expect(other.status == 201)
            }
            shop.doorstep.open()
            let answer = try await first.value
            for task in waiting {
                let replay = try await task.value
                try #require(replay.isReplay && replay.body == answer.body, "\(replay.status) \(replay.code ?? "")")
            }
            await client.close()
            await second.close()
            #expect(try await shop.effects() == 9)
        }
    }

    /// As many keys may be waited for as are declared; past it the answer comes at once.
    @Test func keysWaitedForAreBounded() async throws {
        var waits = KeyWaits.Limits()
        waits.requests = 1
        try await SmallShop.with(.init(servers: 2, waits: waits)) { shop in
            shop.doorstep.shut()
            let keys = ["first-key-0123456", "second-key-0123456"]
            let running = keys.map { key in Task { try await shop.make("{}", key: key) } }
            try await shop.until { shop.doorstep.came == 2 }
            let waiting = Task { try await shop.make("{}", key: keys[0], at: shop.other) }
            try await shop.until { try await shop.other.waiting() == 1 }
            let refused = try await shop.make("{}", key: keys[1], at: shop.other)
            #expect(refused.status == 409 && refused.code == "idempotency-in-progress")
            #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
            shop.doorstep.open()
            for task in running { #expect(try await task.value.status == 201) }
            #expect(try await waiting.value.isReplay)
        }
    }
}

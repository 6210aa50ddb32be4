// SPDX-License-Identifier: Apache-2.0
import Redis
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct RedisClientTests {
    @Test func readsBackWhatItWroteByteForByte() async throws {
        try await withRedis { client, _ in
            let key: [UInt8] = [0, 13, 10, 255, 0]
            let value = (0...255).map { UInt8($0) }
            #expect(await client.get(key) == nil)
            await client.set(key, value, ttl: .seconds(60))
            #expect(await client.get(key) == value)
            #expect(await client.get([key, "absent".bytes]) == [value, nil])
            await client.set("empty".bytes, [], ttl: .seconds(60))
            #expect(await client.get("empty".bytes) == [])
            await client.delete([key])
            #expect(await client.get(key) == nil)
        }
    }

    @Test func keysExpire() async throws {
        try await withRedis { client, _ in
            await client.set("a".bytes, "1".bytes, ttl: .milliseconds(90_500))
            let left = try #require(try await client.command(["PTTL".bytes, "a".bytes]).integer)
            #expect((1...90_500).contains(left))
        }
    }

    @Test func setIfAbsentLetsOnlyTheFirstIn() async throws {
        try await withRedis { client, _ in
            #expect(await client.setIfAbsent("lock".bytes, "1".bytes, ttl: .seconds(60)) == true)
            #expect(await client.setIfAbsent("lock".bytes, "2".bytes, ttl: .seconds(60)) == false)
            #expect(await client.get("lock".bytes) == "1".bytes)
        }
    }

    @Test func everyKindOfReplyArrives() async throws {
        try await withRedis { client, _ in
            #expect(try await client.command(["PING".bytes]) == .status("PONG"))
            #expect(try await client.command(["INCRBY".bytes, "n".bytes, "-7".bytes]) == .integer(-7))
            #expect(try await client.command(["GET".bytes, "none".bytes]) == .null)
            let script = "return {1, 'two', {redis.error_reply('ERR three')}, false}"
            let nested = try await client.command(["EVAL".bytes, script.bytes, "0".bytes])
            #expect(nested == .array([.integer(1), .bytes("two".bytes), .array([.error("ERR three")]), .null]))
            await client.set("t".bytes, "x".bytes, ttl: .seconds(9))
            await #expect(throws: RedisError.server("ERR value is not an integer or out of range")) {
                _ = try await client.command(["INCR".bytes, "t".bytes])
            }
        }
    }

    @Test func manyTasksShareOneConnectionAndGetTheirOwnReplies() async throws {
        try await withRedis { client, _ in
            let tasks = (0..<1000).map { number in
                Task { try await client.command(["ECHO".bytes, String(number).bytes]).bytes }
            }
            for (number, task) in tasks.enumerated() {
                let value = try await task.value
                #expect(value == String(number).bytes)
            }
            #expect(await client.inFlight == 0)
            #expect(await client.statistics.connects == 1)
        }
    }

    @Test func refusesMoreThanItMayHoldInFlight() async throws {
        try await withRedis(configure: { $0.inFlightMax = 10 }) { client, _ in
            let tasks = (0..<15).map { _ in Task { try await client.command(["PING".bytes]) } }
            var answered = 0
            var overloaded = 0
            for task in tasks {
                do {
                    _ = try await task.value
                    answered += 1
                } catch RedisError.overloaded {
                    overloaded += 1
                }
            }
            #expect(answered == 10)
            #expect(overloaded == 5)
        }
    }

    @Test(arguments: [["SUBSCRIBE", "x"], ["monitor"], ["SELECT", "1"], [""], []])
    func refusesWhatWouldChangeTheConnection(parts: [String]) async throws {
        try await withRedis { client, _ in
            await #expect(throws: RedisError.refused) { try await client.command(parts.map(\.bytes)) }
            let answer = try await client.command(["PING".bytes])
            #expect(answer == .status("PONG"))
        }
    }

    @Test func refusesACommandThatIsTooLarge() async throws {
        try await withRedis(configure: { $0.commandBytesMax = 100 }) { client, _ in
            let exact = [UInt8](repeating: 1, count: 96)
            let echoed = try await client.command(["ECHO".bytes, exact]).bytes
            #expect(echoed == exact)
            await #expect(throws: RedisError.refused) { try await client.command(["ECHO".bytes, exact + [1]]) }
        }
    }

    @Test func authenticatesAndSelectsItsDatabase() async throws {
        let configure: @Sendable (inout RedisConfiguration) -> Void = {
            $0.password = "p w"
            $0.database = 3
        }
        try await withRedis(arguments: ["--requirepass", "p w"], configure: configure) { client, _ in
            await client.set("k".bytes, "v".bytes, ttl: .seconds(9))
            #expect(await client.get("k".bytes) == "v".bytes)
            let info = try await client.command(["INFO".bytes, "keyspace".bytes]).bytes
            #expect(String(decoding: info ?? [], as: UTF8.self).contains("db3:keys=1"))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

/// What a request costs the loop, and what a client that does not read costs the server.
@Suite(.timeLimit(.minutes(5))) struct ServerFlowTests {
    private static let hello = Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") }
    private static let task = Route(.get, "/task/", name: "task") { _ in .text("task") }

    /// Crosses a mailbox and a parked continuation on the loop of its connection, as an order does.
    private static let parked = Route(.get, "/parked/", name: "parked") { request in
        let mailbox = BatchingMailbox<Int, Int>(
            executor: request.loop, limits: .init(capacity: 4, batch: 4, inFlight: 1)
        ) { batch in
            batch.map { .success($0) }
        }
        let value = try await mailbox.send(7)
        try await request.loop.sleep(for: .zero)
        return .text("\(value)")
    }

    private static func large(_ count: Counter) -> Route {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024)
        return Route.immediate(.get, "/large/", name: "large") { _ in
            count.add()
            return HTTPResponse(.ok, contentType: .bytes, body: body)
        }
    }

    final class Counter: Sendable {
        private let count = Atomic(0)
        func add() { count.add(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    private struct Cost: Sendable {
        var localEnqueues: UInt64 = 0
        var remoteEnqueues: UInt64 = 0
        var wakeUps: UInt64 = 0
        var writes: UInt64 = 0
    }

    /// What `rounds` requests on one warm connection added to the counters of the server's loop.
    private func counted(_ path: String, rounds: UInt64) async throws -> Cost {
        let result = Mutex(Cost())
        try await LiveServer.run([Self.hello, Self.task, Self.parked]) { live in
            let loop = live.loops[0]
            let client = try await live.connect()
            #expect(try await client.ask(get(path)).status == 200)
            let before = try await loop.run { loop.counters }
            for _ in 0..<rounds { _ = try await client.ask(get(path)) }
            let after = try await loop.run { loop.counters }
            result.withLock {
                $0.localEnqueues = after.localEnqueues - before.localEnqueues
                $0.remoteEnqueues = after.remoteEnqueues - before.remoteEnqueues
                $0.wakeUps = after.wakeUps - before.wakeUps
                $0.writes = after.writes - before.writes
            }
        }
        return result.withLock { $0 }
    }

    @Test(
        "a request never leaves its loop, and costs a fixed number of enqueues",
        arguments: [("/hello/", 0), ("/task/", 1), ("/parked/", 5)] as [(String, UInt64)])
    func hops(path: String, enqueues: UInt64) async throws {
        let few = try await counted(path, rounds: 10)
        let many = try await counted(path, rounds: 60)
        // What asking for the counters itself costs is in both.
        #expect(many.localEnqueues - few.localEnqueues == 50 * enqueues)
        #expect(many.remoteEnqueues == few.remoteEnqueues)
        #expect(many.wakeUps == few.wakeUps)
        // One write per answer when answers are asked for singly.
        #expect(many.writes - few.writes == 50)
    }

    @Test func answersOfOneIterationLeaveInOneWrite() async throws {
        try await LiveServer.run([Self.hello]) { live in
            let loop = live.loops[0]
            let client = try await live.connect()
            _ = try await client.ask(get("/hello/"))
            let before = try await loop.run { loop.counters.writes }
            // One segment, so one read.
            await client.send(String(repeating: get("/hello/"), count: 100))
            for _ in 0..<100 { #expect(try await client.answer().body == "hello") }
            let after = try await loop.run { loop.counters.writes }
            #expect(after - before == 1)
        }
    }

    @Test func aClientThatDoesNotReadIsNotServedWithoutBound() async throws {
        let count = Counter()
        try await LiveServer.run([Self.large(count), Self.hello]) { live in
            let greedy = try await live.connect()
            await greedy.stopReading()
            let asked = 600
            await greedy.send(String(repeating: get("/large/"), count: asked))
            // 38 MB of answers. What the kernel's buffers on both sides and ours hold is served, the rest waits.
            let other = try await live.connect()
            try await live.until { count.value > 0 }
            for _ in 0..<200 { _ = try await other.ask(get("/hello/")) }
            #expect(count.value < asked * 3 / 4)
            await greedy.startReading()
            for _ in 0..<asked { #expect(try await greedy.answer().body.utf8.count == 64 * 1024) }
            #expect(count.value == asked)
            #expect(try await greedy.ask(get("/hello/")).body == "hello")
        }
    }

    @Test func aClientThatTakesNothingIsGivenUp() async throws {
        let count = Counter()
        let configure: (inout HTTPServerConfiguration) -> Void = { $0.timeouts.write = .milliseconds(50) }
        try await LiveServer.run([Self.large(count)], configure: configure) { live in
            let greedy = try await live.connect()
            await greedy.stopReading()
            await greedy.send(String(repeating: get("/large/"), count: 1_000))
            try await live.until { count.value > 0 }
            try await live.until { live.server.connectionCount == 0 }
            #expect(count.value < 1_000)
        }
    }

    @Test func theIdleTimeRunsAgainAfterASlowClientHasCaughtUp() async throws {
        let count = Counter()
        let configure: (inout HTTPServerConfiguration) -> Void = { $0.timeouts.idle = .milliseconds(50) }
        let huge = Route.immediate(.get, "/huge/", name: "huge") { _ in
            count.add()
            return HTTPResponse(.ok, contentType: .bytes, body: [UInt8](repeating: UInt8(ascii: "x"), count: 32 << 20))
        }
        try await LiveServer.run([huge, Self.hello], configure: configure) { live in
            let slow = try await live.connect()
            await slow.stopReading()
            // One answer, larger than what the kernel and our own bound hold, and no request behind it.
            await slow.send(get("/huge/"))
            try await live.until { count.value == 1 }
            // Another connection is idle for as long as it may: the idle time of the slow one has passed by then too.
            let idle = try await live.connect()
            _ = try await idle.ask(get("/hello/"))
            #expect(try await idle.untilEnd() == "")
            await slow.startReading()
            #expect(try await slow.answer().body.utf8.count == 32 << 20)
            #expect(try await slow.untilEnd() == "")
        }
    }

    @Test func oneRequestIsInWorkAtATime() async throws {
        let gate = Gate()
        let wait = Route(.post, "/wait/", name: "wait") { request in
            try await gate.pass()
            return HTTPResponse(.ok, contentType: .bytes, body: request.body)
        }
        try await LiveServer.run([wait, Self.hello]) { live in
            let client = try await live.connect()
            await client.send(post("/wait/", "one") + post("/wait/", "two") + get("/hello/"))
            try await gate.arrived(1)
            let other = try await live.connect()
            _ = try await other.ask(get("/hello/"))
            #expect(gate.arrivals == 1)
            gate.open()
            try await gate.arrived(2)
            #expect(try await client.answer().body == "one")
            gate.open()
            #expect(try await client.answer().body == "two")
            #expect(try await client.answer().body == "hello")
        }
    }
}

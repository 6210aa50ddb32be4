// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

/// Answers without an end over real sockets.
@Suite(.timeLimit(.minutes(3))) struct LiveAnswerTests {
    /// A body that sends what the test tells it.
    private final class Tape: LiveBody {
        private struct State {
            var sink: LiveSink?
            var drained = 0
            var ended = 0
        }

        private let state = Mutex(State())
        private let first: String?

        init(first: String?) { self.first = first }

        func began(_ sink: LiveSink) {
            state.withLock { $0.sink = sink }
            if let first { sink.send(Array(first.utf8)) }
        }

        func drained() { state.withLock { $0.drained += 1 } }

        func ended() { state.withLock { $0.ended += 1 } }

        var hasBegun: Bool { state.withLock { $0.sink != nil } }
        var drains: Int { state.withLock { $0.drained } }
        var ends: Int { state.withLock { $0.ended } }

        /// Sends a piece from the server's loop; false once it has ended.
        func send(_ text: String, _ live: LiveServer) async throws -> Bool {
            let sink = try #require(state.withLock { $0.sink })
            return try await live.loops[0].run { sink.send(Array(text.utf8)) }
        }

        func end(_ live: LiveServer) async throws {
            let sink = try #require(state.withLock { $0.sink })
            try await live.loops[0].run { sink.end() }
        }
    }

    private static func run(
        first: String? = nil, configure: @escaping (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (LiveServer, Tape) async throws -> Void
    ) async throws {
        let tape = Tape(first: first)
        let routes = [
            Route(.get, "/live/", name: "live") { _ in
                HTTPResponse(contentType: .other("text/event-stream"), live: tape)
            },
            Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        ]
        try await LiveServer.run(routes, configure: configure) { live in try await body(live, tape) }
    }

    @Test func piecesLeaveAsTheyCome() async throws {
        try await Self.run(first: "one,") { live, tape in
            let client = try await live.connect()
            await client.send(get("/live/") + get("/hello/"))
            try await live.until { tape.drains > 0 }
            #expect(try await tape.send("two,", live))
            #expect(try await tape.send("", live), "nothing is no last chunk")
            #expect(try await tape.send("three", live))
            try await tape.end(live)
            let text = try await client.untilEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && !text.contains("Content-Length"))
            for line in ["Transfer-Encoding: chunked", "Content-Type: text/event-stream", "Connection: close"] {
                #expect(text.contains("\r\n\(line)\r\n"))
            }
            // What stands behind the request is not answered.
            #expect(text.hasSuffix("\r\n\r\n4\r\none,\r\n4\r\ntwo,\r\n5\r\nthree\r\n0\r\n\r\n"), "\(text)")
            #expect(tape.ends == 1)
            #expect(try await tape.send("late", live) == false)
        }
    }

    @Test func anOldClientReadsToTheEndAndHeadGetsTheHead() async throws {
        try await Self.run(first: "one") { live, tape in
            let asking = try await live.connect()
            let head = try await asking.ask("HEAD /live/ HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
            #expect(head.field("transfer-encoding") == "chunked" && !tape.hasBegun)
            let client = try await live.connect()
            await client.send("GET /live/ HTTP/1.0\r\n\r\n")
            try await live.until { tape.drains > 0 }
            try await tape.end(live)
            let text = try await client.untilEnd()
            #expect(text.hasSuffix("\r\n\r\none") && !text.contains("chunked"), "\(text)")
        }
    }

    @Test(arguments: [false, true]) func aClientThatLeavesEndsIt(halfway: Bool) async throws {
        try await Self.run(first: "one") { live, tape in
            let client = try await live.connect()
            await client.send(get("/live/"))
            try await live.until { tape.drains > 0 }
            if halfway { await client.finish() } else { await client.close() }
            try await live.until { tape.ends == 1 }
            #expect(try await tape.send("late", live) == false)
        }
    }

    @Test func aServerThatEndsEndsIt() async throws {
        try await Self.run(first: "one") { live, tape in
            let client = try await live.connect()
            await client.send(get("/live/"))
            try await live.until { tape.drains > 0 }
            await live.server.drain(limit: .seconds(30))
            let text = try await client.untilEnd()
            #expect(text.hasSuffix("\r\n\r\n3\r\none\r\n0\r\n\r\n"), "the last chunk comes in good order")
            #expect(tape.ends == 1)
        }
    }

    @Test func whoReadsNothingIsClosed() async throws {
        try await Self.run(
            configure: { configuration in
                configuration.timeouts.write = .milliseconds(300)
                configuration.timeouts.tick = .milliseconds(50)
            },
            { live, tape in
                let client = try await live.connect()
                await client.send(get("/live/"))
                try await live.until { tape.hasBegun }
                await client.stopReading()
                // As a body does that looks at what waits: 64 KiB at a time, while the kernel takes them.
                let piece = String(repeating: "x", count: 65_536)
                var sent = 0
                while sent < 1000 {
                    let drains = tape.drains
                    guard try await tape.send(piece, live) else { break }
                    sent += 1
                    try await live.until { tape.drains > drains || tape.ends > 0 }
                    if tape.ends > 0 { break }
                }
                #expect(tape.ends == 1 && sent < 1000)
            })
    }

    @Test func whoIsSentMoreThanMayWaitIsClosedAtOnce() async throws {
        try await Self.run(configure: { $0.timeouts.write = .seconds(600) }) { live, tape in
            let client = try await live.connect()
            await client.send(get("/live/"))
            try await live.until { tape.hasBegun }
            await client.stopReading()
            // Regardless of what waits: the kernel takes some megabytes, and our buffer a quarter of one.
            let piece = String(repeating: "x", count: 65_536)
            var isOpen = true
            for _ in 0..<1000 where isOpen { isOpen = try await tape.send(piece, live) }
            #expect(!isOpen)
            try await live.until { tape.ends == 1 }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

/// Time-outs, bounds on connections, slow and vanished clients, the end of the server.
///
/// The times are short; no test depends on how long anything takes, only on what comes in the end.
@Suite(.timeLimit(.minutes(5))) struct ServerLimitTests {
    private static let hello = Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") }
    private static let echo = Route(.post, "/echo/", name: "echo") { request in
        HTTPResponse(.ok, contentType: .bytes, body: request.body)
    }

    private static func waiting(_ gate: Gate) -> Route {
        Route(.get, "/wait/", name: "wait") { _ in
            try await gate.pass()
            return .text("waited")
        }
    }

    // MARK: Time

    @Test(
        "gives up a head that takes too long",
        arguments: ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX:"])
    func slowHead(part: String) async throws {
        try await LiveServer.run([Self.hello], configure: { $0.timeouts.head = .milliseconds(30) }) { live in
            let first = try await live.connect()
            await first.send(part)
            let answer = try await first.answer()
            #expect(answer.status == 408)
            #expect(answer.field("connection") == "close")
            #expect(try await first.untilEnd() == "")
            // The same behind an answered request.
            let later = try await live.connect()
            #expect(try await later.ask(get("/hello/")).status == 200)
            await later.send(part)
            #expect(try await later.answer().status == 408)
        }
    }

    @Test func aSilentConnectionIsClosedWithoutAWord() async throws {
        try await LiveServer.run([Self.hello], configure: { $0.timeouts.head = .milliseconds(30) }) { live in
            let client = try await live.connect()
            #expect(try await client.untilEnd() == "")
            let empty = try await live.connect()
            await empty.send("\r\n\r\n")
            #expect(try await empty.untilEnd() == "")
        }
    }

    @Test func octetsNowAndThenDoNotProlongAHead() async throws {
        try await LiveServer.run([Self.hello], configure: { $0.timeouts.head = .milliseconds(30) }) { live in
            let client = try await live.connect()
            await client.send("GET /hello/ HTTP/1.1\r\nHost: a\r\n")
            while await !client.hasEnded {
                await client.send("X: y\r\n")
                try await live.clientLoop.sleep(for: .milliseconds(5))
                if await client.hasAnswer { break }
            }
            #expect(try await client.answer().status == 408)
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await LiveServer.run([Self.hello], configure: { $0.timeouts.idle = .milliseconds(30) }) { live in
            let client = try await live.connect()
            #expect(try await client.ask(get("/hello/")).field("connection") == nil)
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func connectionsThatWaitMakeRoomWhenTheyAreScarce() async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.connectionsMax = 10
            $0.timeouts.idlePressed = .milliseconds(20)
            $0.timeouts.tick = .milliseconds(5)
        }
        try await LiveServer.run([Self.hello], configure: configure) { live in
            var waiting: [RawClient] = []
            for _ in 0..<8 {
                let client = try await live.connect()
                #expect(try await client.ask(get("/hello/")).status == 200)
                waiting.append(client)
            }
            // The ninth makes nine tenths; it has not asked yet and keeps the time for its head.
            let ninth = try await live.connect()
            for client in waiting { #expect(try await client.untilEnd() == "") }
            #expect(try await ninth.ask(get("/hello/")).status == 200)
        }
    }

    @Test(
        "gives up a body that takes too long, in whole or on average",
        arguments: [(30, 60_000, 1), (60_000, 30, 1_000_000)])
    func slowBody(total: Int, grace: Int, rate: Int) async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.timeouts.body = .milliseconds(total)
            $0.timeouts.bodyGrace = .milliseconds(grace)
            $0.timeouts.bodyRateMin = rate
        }
        try await LiveServer.run([Self.echo], configure: configure) { live in
            let client = try await live.connect()
            await client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            let answer = try await client.answer()
            #expect(answer.status == 408)
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func aLongBodyMayNotStandStillForWhatItSentEarly() async throws {
        let large = Route(.post, "/large/", name: "large", bodyMax: 4 * 1024 * 1024) { _ in .text("") }
        let configure: (inout HTTPServerConfiguration) -> Void = {
            // On average 100,000 octets are enough for 195 s.
            $0.timeouts.write = .milliseconds(40)
            $0.timeouts.tick = .milliseconds(5)
        }
        try await LiveServer.run([large], configure: configure) { live in
            let client = try await live.connect()
            let early = String(repeating: "a", count: 100_000)
            await client.send("POST /large/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + early)
            #expect(try await client.answer().status == 408)
        }
    }

    @Test func bodiesThatArriveTogetherHaveABound() async throws {
        try await LiveServer.run([Self.echo], configure: { $0.bodiesInMemoryMax = 10_000 }) { live in
            let half = String(repeating: "a", count: 6000)
            let head = "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6001\r\n\r\n"
            let first = try await live.connect()
            await first.send(head + half)
            // The refusal of the second tells that the first one's octets have come.
            var refusal = RawAnswer(status: 0, fields: [], octets: [])
            repeat {
                let second = try await live.connect()
                await second.send(head + half + "b")
                refusal = try await second.answer()
            } while refusal.status == 200
            #expect(refusal.status == 503)
            #expect(refusal.field("retry-after") == "1")
            #expect(refusal.body.contains("overloaded"))
            await first.send("b")
            #expect(try await first.answer().status == 200)
            // Answered, it holds nothing any more.
            let third = try await live.connect()
            await third.send(head + half + "b")
            #expect(try await third.answer().status == 200)
        }
    }

    @Test func aHandlerThatTakesTooLongIsGivenUpBeforeItsEffect() async throws {
        let gate = Gate()
        try await LiveServer.run(
            [Self.waiting(gate)], configure: { $0.timeouts.handler = .milliseconds(30) }
        ) { live in
            let client = try await live.connect()
            let answer = try await client.ask(get("/wait/"))
            #expect(answer.status == 503)
            #expect(answer.body.contains("\"code\":\"overloaded\""))
            #expect(answer.field("retry-after") == "5")
            #expect(try await client.untilEnd() == "")
            gate.open()
            // The server goes on, and has told the handler.
            let next = try await live.connect()
            await next.send(get("/wait/"))
            try await gate.arrived(2)
            #expect(gate.cancellations == 1)
            gate.open()
        }
    }

    @Test func aHandlerThatTakesTooLongGoesOnAfterItsEffect() async throws {
        let gate = Gate()
        let route = Route(.get, "/wait/", name: "wait") { request in
            request.effectBegins()
            try await gate.pass()
            return .text("waited")
        }
        try await LiveServer.run([route], configure: { $0.timeouts.handler = .milliseconds(30) }) { live in
            let client = try await live.connect()
            let answer = try await client.ask(get("/wait/"))
            #expect(answer.status == 504)
            #expect(answer.body.contains("\"code\":\"outcome-unknown\""))
            gate.open()
            let next = try await live.connect()
            await next.send(get("/wait/"))
            try await gate.arrived(2)
            #expect(gate.cancellations == 0)
            gate.open()
        }
    }

    // MARK: Connections

    @Test func oneConnectionTooManyIsRefused() async throws {
        try await LiveServer.run([Self.hello], configure: { $0.connectionsMax = 2 }) { live in
            let first = try await live.connect()
            let second = try await live.connect()
            #expect(try await first.ask(get("/hello/")).status == 200)
            #expect(try await second.ask(get("/hello/")).status == 200)
            // The request is there before the refusal. Closed with unread octets the connection would be reset, and the
            // answer might be lost.
            let port = live.server.address.port
            let made = Mutex<PlainSocket?>(nil)
            try await live.holdingTheServer {
                let third = try await live.clientLoop.offload {
                    let socket = try PlainSocket(port: port)
                    try socket.write(get("/hello/"))
                    return socket
                }
                made.withLock { $0 = third }
            }
            let third = try #require(made.withLock { $0 })
            let refused = try await live.clientLoop.offload { third.readToEnd() }
            #expect(refused.error == 0)
            #expect(refused.text.hasPrefix("HTTP/1.1 503 "))
            #expect(refused.text.contains("\r\nRetry-After: 1\r\n"))
            #expect(refused.text.contains("\r\nConnection: close\r\n"))
            #expect(refused.text.contains("\"code\":\"overloaded\""))
            #expect(live.server.connectionCount == 2)
            await first.close()
            try await live.until { live.server.connectionCount == 1 }
            let fourth = try await live.connect()
            #expect(try await fourth.ask(get("/hello/")).status == 200)
        }
    }

    @Test("servers on several loops keep common bounds", arguments: [false, true])
    func commonBounds(ofOneSource: Bool) async throws {
        let group = try EventLoopGroup(count: 3)
        var settings = HTTPServerConfiguration(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        settings.connectionsMax = ofOneSource ? 9 : 2
        settings.connectionsPerSourceMax = ofOneSource ? 2 : 9
        let bounds = HTTPServerBounds(settings)
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        var servers: [HTTPServer] = []
        for loop in group.loops.prefix(2) {
            servers.append(
                try await HTTPServer.start(
                    on: address, loops: [loop], router: Router([Self.hello]), configuration: settings, bounds: bounds))
        }
        let all = servers
        let clients = group.loops[2]
        try await clients.run {
            let first = try await RawClient.connect(to: all[0].address, on: clients)
            #expect(try await first.ask(get("/hello/")).status == 200)
            let second = try await RawClient.connect(to: all[1].address, on: clients)
            #expect(try await second.ask(get("/hello/")).status == 200)
            #expect(bounds.connectionCount == 2)
            for server in all {
                let third = try await RawClient.connect(to: server.address, on: clients)
                #expect(try await third.ask(get("/hello/")).status == 503)
            }
            await first.close()
            while bounds.connectionCount > 1 { try await clients.sleep(for: .milliseconds(1)) }
            let fourth = try await RawClient.connect(to: all[1].address, on: clients)
            #expect(try await fourth.ask(get("/hello/")).status == 200)
        }
        for server in servers { await server.drain(limit: .zero) }
        await group.shutdown()
    }

    @Test("bounds the connections of one address, and exempts our own proxies", arguments: [false, true])
    func connectionsPerSource(isProxy: Bool) async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.connectionsPerSourceMax = 1
            $0.isTrustedProxy = { isProxy && $0 == "127.0.0.1" }
        }
        try await LiveServer.run([Self.hello], configure: configure) { live in
            let first = try await live.connect()
            #expect(try await first.ask(get("/hello/")).status == 200)
            let second = try await live.connect()
            #expect(try await second.ask(get("/hello/")).status == (isProxy ? 200 : 503))
            #expect(try await first.ask(get("/hello/")).status == 200)
        }
    }

    @Test func aClientThatVanishesLeavesNothingBehind() async throws {
        let gate = Gate()
        try await LiveServer.run([Self.waiting(gate), Self.hello]) { live in
            for part in [
                "", "GET /hel", "POST /none/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", get("/hello/"),
            ] {
                let client = try await live.connect()
                await client.send(part)
                try await live.until { live.server.connectionCount == 1 }
                await client.close()
                try await live.until { live.server.connectionCount == 0 }
            }
            // In the middle of a handler: its answer has nobody to go to.
            let client = try await live.connect()
            await client.send(get("/wait/"))
            try await gate.arrived(1)
            await client.close()
            gate.open()
            try await live.until { live.server.connectionCount == 0 }
            #expect(gate.arrivals == 1)
            #expect(try await live.connect().ask(get("/hello/")).status == 200)
        }
    }

    // MARK: The end

    @Test func drainingClosesWhatIsIdleAndAnswersWhatHasBegun() async throws {
        let gate = Gate()
        try await LiveServer.run([Self.waiting(gate), Self.hello, Self.echo], loops: 2) { live in
            let idle = try await live.connect()
            #expect(try await idle.ask(get("/hello/")).status == 200)
            let busy = try await live.connect()
            await busy.send(get("/wait/") + get("/hello/"))
            try await gate.arrived(1)
            let sending = try await live.connect()
            // The interim answer says that the head has been read: the request has begun.
            let interim = try await sending.ask(
                "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            #expect(interim.status == 100)
            await sending.send("ha")
            #expect(live.server.connectionCount == 3)
            async let drained: Void = live.server.drain(limit: .seconds(15))
            #expect(try await idle.untilEnd() == "")
            // The second loop may stop listening a moment later than the first.
            while let early = try? await live.connect() { await early.close() }
            gate.open()
            let answer = try await busy.answer()
            #expect(answer.body == "waited")
            #expect(answer.field("connection") == "close")
            #expect(try await busy.untilEnd() == "")
            let late = try await sending.ask("lf")
            #expect(late.body == "half")
            #expect(late.field("connection") == "close")
            await busy.close()
            await sending.close()
            await drained
            #expect(live.server.connectionCount == 0)
        }
    }

    @Test func drainingWaitsNoLongerThanItsLimit() async throws {
        let gate = Gate()
        try await LiveServer.run([Self.waiting(gate)]) { live in
            let client = try await live.connect()
            await client.send(get("/wait/"))
            try await gate.arrived(1)
            await live.server.drain(limit: .milliseconds(20))
            #expect(live.server.connectionCount == 0)
            #expect(try await client.untilEnd() == "")
            gate.open()
        }
    }

    @Test func aServerWhoseLoopsHaveEndedDrainsAtOnce() async throws {
        let group = try EventLoopGroup(count: 1)
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let server = try await HTTPServer.start(
            on: address, loops: group.loops, router: Router([Self.hello]),
            configuration: HTTPServerConfiguration(logger: Logger(label: "test")))
        await group.shutdown()
        await server.drain()
    }

    @Test func anAddressThatCannotBeBoundIsAnError() async throws {
        try await LiveServer.run([Self.hello]) { live in
            // An address of another machine: every port of our own is free or shared by SO_REUSEPORT.
            let elsewhere = try #require(SocketAddress(host: "192.0.2.1", port: 0))
            await #expect(throws: UVError.self) {
                _ = try await HTTPServer.start(
                    on: elsewhere, loops: live.loops, router: Router([Self.hello]),
                    configuration: HTTPServerConfiguration(logger: Logger(label: "test")))
            }
            #expect(try await live.connect().ask(get("/hello/")).status == 200)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import TestTLS
import Testing
import UVRuntime

@testable import HTTP

/// Who does not get as far as a request over TLS.
@Suite(.timeLimit(.minutes(5))) struct TLSRefusalTests {
    private static let hello = Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") }

    /// The server is well and has forgotten the others.
    private nonisolated(nonsending) func check(_ secure: SecureServer) async throws {
        try await secure.untilEmpty()
        let (client, _) = try await secure.connect()
        #expect(try await client.ask(get("/hello/")).body == "hello")
    }

    @Test("refuses old versions by an alert", arguments: [TLS1_VERSION, TLS1_1_VERSION])
    func oldVersions(version: Int32) async throws {
        try await SecureServer.run([Self.hello]) { secure in
            let (client, tls) = try await secure.connect(.init(version: version))
            _ = try await client.untilEnd()
            #expect(tls.failure?.contains("protocol version") == true)
            await client.close()
            try await check(secure)
        }
    }

    @Test func refusesOtherProtocolsByAnAlert() async throws {
        try await SecureServer.run([Self.hello]) { secure in
            var offer = TLSTestClient.Offer()
            offer.protocols = ["h2"]
            let (client, tls) = try await secure.connect(offer)
            _ = try await client.untilEnd()
            #expect(tls.failure?.contains("no application protocol") == true)
            await client.close()
            try await check(secure)
        }
    }

    @Test func refusesToRenegotiate() async throws {
        try await SecureServer.run([Self.hello]) { secure in
            let (client, tls) = try await secure.connect(.init(version: TLS1_2_VERSION))
            #expect(try await client.ask(get("/hello/")).status == 200)
            tls.changeKeys()
            await client.sendRaw(tls.takeOutput())
            _ = try await client.untilEnd()
            #expect(tls.failure?.contains("no renegotiation") == true)
            await client.close()
            try await check(secure)
        }
    }

    @Test("garbage ends the connection", arguments: [0, 1, 0x16, 0x17, 0x80, 0xFF] as [UInt8])
    func garbage(first: UInt8) async throws {
        try await SecureServer.run([Self.hello]) { secure in
            let client = try await secure.live.connect()
            await client.sendRaw([first] + (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) })
            await client.finish()
            _ = try await client.untilEnd()
            await client.close()
            try await check(secure)
        }
    }

    @Test func aChangedRecordIsNoRequest() async throws {
        try await SecureServer.run([Self.hello]) { secure in
            let (client, tls) = try await secure.connect()
            #expect(try await client.ask(get("/hello/")).status == 200)
            tls.send(Array(get("/hello/").utf8))
            var record = tls.takeOutput()
            record[20] ^= 1
            await client.sendRaw(record)
            #expect(try await client.untilEnd() == "", "an alert, and no answer")
            #expect(tls.failure?.contains("bad record mac") == true)
            await client.close()
            try await check(secure)
        }
    }

    @Test("a handshake that takes too long ends without a word", arguments: [0, 1, 5, 100])
    func slowHandshake(count: Int) async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.timeouts.head = .milliseconds(30)
            $0.timeouts.linger = .milliseconds(30)
        }
        try await SecureServer.run([Self.hello], configure: configure) { secure in
            let hello = try TLSTestClient().takeOutput()
            let client = try await secure.live.connect()
            await client.sendRaw(hello.prefix(count))
            #expect(try await client.untilEnd() == "")
            try await secure.untilEmpty()
        }
    }

    /// The handshake's time is the first head's: whoever is slow with one has nothing left for the other.
    @Test func aHeadAfterTheHandshakeThatTakesTooLongIsAnswered() async throws {
        try await SecureServer.run([Self.hello], configure: { $0.timeouts.head = .milliseconds(300) }) { secure in
            let (client, tls) = try await secure.connect()
            await client.send("GET /hello/ HTTP/1.1\r\n")
            // The ticket says that the handshake is over; what was said before has left with it.
            #expect(try await client.answer().status == 408)
            #expect(try await client.untilEnd() == "")
            #expect(tls.hasEnded)
        }
    }

    @Test func plainHTTPIsToldWhatThePortSpeaks() async throws {
        try await SecureServer.run([Self.hello]) { secure in
            for request in [get("/hello/"), post("/hello/", "body"), "OPTIONS * HTTP/1.1\r\n\r\n", "HELO there\r\n"] {
                let client = try await secure.live.connect()
                let answer = try await client.ask(request)
                #expect(answer.status == 400)
                #expect(answer.body.contains("This port speaks TLS"))
                #expect(answer.field("connection") == "close")
                #expect(try await client.untilEnd() == "")
                await client.close()
            }
            try await check(secure)
        }
    }

    @Test func aHelloOnThePlainPortIsRefusedAsHTTP() async throws {
        try await LiveServer.run([Self.hello]) { live in
            let client = try await live.connect()
            await client.sendRaw(try TLSTestClient().takeOutput())
            let answer = try await client.answer()
            #expect(answer.status == 400)
            #expect(try await client.untilEnd() == "")
            let other = try await live.connect()
            #expect(try await other.ask(get("/hello/")).status == 200)
        }
    }

    @Test func oneConnectionTooManyIsClosed() async throws {
        try await SecureServer.run([Self.hello], configure: { $0.connectionsMax = 1 }) { secure in
            let (first, _) = try await secure.connect()
            #expect(try await first.ask(get("/hello/")).status == 200)
            let (second, tls) = try await secure.connect()
            #expect(try await second.untilEnd() == "")
            #expect(!tls.isEstablished)
            #expect(try await first.ask(get("/hello/")).status == 200)
        }
    }

    @Test func drainingSaysGoodbye() async throws {
        try await SecureServer.run([Self.hello]) { secure in
            let (client, tls) = try await secure.connect()
            #expect(try await client.ask(get("/hello/")).status == 200)
            let server = secure.live.server
            async let drained: Void = server.drain(limit: .seconds(10))
            #expect(try await client.untilEnd() == "")
            #expect(tls.hasEnded)
            await client.close()
            await drained
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Synchronization
import TestTLS
import Testing
import UVRuntime

@testable import HTTP

/// Requests over TLS, on real sockets.
@Suite(.timeLimit(.minutes(5))) struct TLSServerTests {
    private static let hello = Route.immediate(.get, "/hello/", name: "hello") { .text($0.scheme) }
    private static let echo = Route(.post, "/echo/", name: "echo", bodyMax: 4 * 1024 * 1024) { request in
        HTTPResponse(.ok, contentType: .bytes, body: request.body)
    }
    private static let large = Route.immediate(.get, "/large/", name: "large") { _ in
        HTTPResponse(.ok, contentType: .bytes, body: [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024))
    }

    @Test("answers over TLS 1.2 and 1.3", arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
    func answers(version: Int32, name: String) async throws {
        try await SecureServer.run([Self.hello]) { secure in
            var offer = TLSTestClient.Offer(version: version)
            offer.protocols = ["h2", "http/1.1"]
            let (client, tls) = try await secure.connect(offer)
            for _ in 0..<3 { #expect(try await client.ask(get("/hello/")).body == "https") }
            #expect(tls.version == name)
            #expect(tls.chosenProtocol == "http/1.1")
            let last = try await client.ask(get("/hello/", "Connection: close\r\n"))
            #expect(last.field("connection") == "close")
            #expect(try await client.untilEnd() == "")
            #expect(tls.hasEnded, "the end was announced by close_notify")
            #expect(await client.error == nil)
        }
    }

    @Test("answers pipelined requests in order") func pipelined() async throws {
        try await SecureServer.run([Self.hello, Self.echo]) { secure in
            let (client, _) = try await secure.connect()
            var requests = ""
            for number in 0..<50 { requests += post("/echo/", "number \(number)") + get("/hello/") }
            await client.send(requests)
            for number in 0..<50 {
                #expect(try await client.answer().body == "number \(number)")
                #expect(try await client.answer().body == "https")
            }
        }
    }

    @Test("carries large bodies both ways", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func largeBodies(version: Int32) async throws {
        try await SecureServer.run([Self.echo]) { secure in
            let (client, _) = try await secure.connect(.init(version: version))
            let body = String((0..<3_000_000).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
            let answer = try await client.ask(post("/echo/", body))
            #expect(answer.status == 200)
            #expect(answer.body == body)
        }
    }

    @Test func aClientThatDoesNotReadIsNotServedWithoutBound() async throws {
        let count = Mutex(0)
        let counted = Route.immediate(.get, "/counted/", name: "counted") { _ in
            count.withLock { $0 += 1 }
            return HTTPResponse(.ok, contentType: .bytes, body: [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024))
        }
        try await SecureServer.run([counted, Self.hello]) { secure in
            let (greedy, _) = try await secure.connect()
            #expect(try await greedy.ask(get("/hello/")).status == 200)
            await greedy.stopReading()
            let asked = 600
            await greedy.send(String(repeating: get("/counted/"), count: asked))
            let (other, _) = try await secure.connect()
            try await secure.live.until { count.withLock { $0 } > 0 }
            for _ in 0..<200 { _ = try await other.ask(get("/hello/")) }
            #expect(count.withLock { $0 } < asked * 3 / 4)
            await greedy.startReading()
            for _ in 0..<asked { #expect(try await greedy.answer().body.utf8.count == 64 * 1024) }
            #expect(try await greedy.ask(get("/hello/")).body == "https")
        }
    }

    /// Files leave piece by piece, each when the one before has left; also for a client that takes them slowly, and never
    /// a cut one under a good end.
    @Test func filesPassWholeToASlowReader() async throws {
        let directory = UploadDirectory()
        let octets = Upload.noise(9_000_000)
        directory.write("large.jpg", octets, age: 100)
        let root = FileRoot(directory.path)
        let file = Route(.get, "/file/", name: "file") { try await root.response(to: $0, file: "large.jpg") }
        try await SecureServer.run([file, Self.hello]) { secure in
            let (client, _) = try await secure.connect()
            #expect(try await client.ask(get("/hello/")).status == 200)
            await client.stopReading()
            await client.send(get("/file/") + get("/hello/"))
            let (other, _) = try await secure.connect()
            for _ in 0..<50 { _ = try await other.ask(get("/hello/")) }
            await client.startReading()
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.octets == octets)
            #expect(try await client.answer().body == "https")
            let (gone, tls) = try await secure.connect()
            #expect(try await gone.ask(get("/hello/")).status == 200)
            await gone.stopReading()
            await gone.send(get("/file/"))
            for _ in 0..<50 { _ = try await other.ask(get("/hello/")) }
            #expect(!tls.hasEnded)
            await gone.close()
            await client.finish()
            await other.finish()
            try await secure.untilEmpty()
        }
    }

    @Test("resumes sessions", arguments: [TLS1_2_VERSION, TLS1_3_VERSION]) func resumes(version: Int32) async throws {
        try await SecureServer.run([Self.hello]) { secure in
            var offer = TLSTestClient.Offer(version: version)
            for round in 0..<4 {
                let (client, tls) = try await secure.connect(offer)
                #expect(try await client.ask(get("/hello/")).body == "https")
                #expect(tls.isResumed == (round > 0))
                offer.session = tls.session
                await client.finish()
                #expect(try await client.untilEnd() == "")
            }
        }
    }

    @Test func aReplacedCertificateServesNewConnectionsOnly() async throws {
        try await SecureServer.run([Self.hello]) { secure in
            let (old, oldTLS) = try await secure.connect()
            #expect(try await old.ask(get("/hello/")).status == 200)
            let second = try TestCertificate("second")
            secure.identity.replace(with: try SecureServer.context(second))
            #expect(try await old.ask(get("/hello/")).status == 200)
            #expect(oldTLS.serverName == "first")
            let (new, newTLS) = try await secure.connect(trusting: second)
            #expect(try await new.ask(get("/hello/")).status == 200)
            #expect(newTLS.serverName == "second")
            #expect(try await old.ask(get("/hello/")).status == 200)
        }
    }

    // MARK: Ends

    @Test("answers what came before the client's end", arguments: [true, false]) func halfClosed(says: Bool)
        async throws
    {
        try await SecureServer.run([Self.hello, Self.echo]) { secure in
            let (client, tls) = try await secure.connect()
            #expect(try await client.ask(get("/hello/")).status == 200)
            await client.send(post("/echo/", "the last words"))
            await client.flush()
            try await secure.live.clientLoop.sleep(for: .zero)
            if says { await client.finish() } else { await client.finishRaw() }
            if says {
                #expect(try await client.answer().body == "the last words")
                #expect(try await client.untilEnd() == "")
                #expect(tls.hasEnded)
            } else {
                // Past its cipher the client cannot read any more; that something came is all it can tell.
                #expect(try await client.untilEnd() != "")
            }
        }
    }

    /// Whoever cuts the line cannot make a part pass for the whole: only the framing says where a body ends.
    @Test(
        "never takes a cut body for a whole one",
        arguments: ["Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", "Content-Length: 8\r\n\r\npart"], [true, false])
    func cutBody(rest: String, says: Bool) async throws {
        let calls = Mutex(0)
        let counted = Route(.post, "/counted/", name: "counted") { _ in
            calls.withLock { $0 += 1 }
            return .text("counted")
        }
        try await SecureServer.run([Self.hello, counted]) { secure in
            let (client, _) = try await secure.connect()
            #expect(try await client.ask(get("/hello/")).status == 200)
            await client.send("POST /counted/ HTTP/1.1\r\nHost: a\r\n" + rest)
            await client.flush()
            try await secure.live.clientLoop.sleep(for: .zero)
            if says { await client.finish() } else { await client.finishRaw() }
            _ = try await client.untilEnd()
            try await secure.untilEmpty()
            #expect(calls.withLock { $0 } == 0)
        }
    }

    @Test func anAbruptEndLeavesNothingBehind() async throws {
        try await SecureServer.run([Self.hello, Self.echo]) { secure in
            let hello = try TLSTestClient().takeOutput()
            for step in 0..<40 {
                switch step % 4 {
                case 0:
                    // In the middle of the hello.
                    let client = try await secure.live.connect()
                    await client.sendRaw(hello.prefix(1 + step * 5))
                    await client.close()
                case 1:
                    // Before the server's flight is read.
                    let client = try await secure.live.connect()
                    await client.sendRaw(hello)
                    await client.close()
                case 2:
                    // In the middle of a body.
                    let (client, _) = try await secure.connect()
                    #expect(try await client.ask(get("/hello/")).status == 200)
                    await client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\npart")
                    await client.close()
                default:
                    // With an answer on its way.
                    let (client, _) = try await secure.connect()
                    #expect(try await client.ask(get("/hello/")).status == 200)
                    await client.send(get("/hello/"))
                    await client.flush()
                    await client.close()
                }
            }
            let (client, _) = try await secure.connect()
            #expect(try await client.ask(get("/hello/")).status == 200)
            await client.finish()
            _ = try await client.untilEnd()
            try await secure.untilEmpty()
        }
    }

    @Test func manyConnectionsComeAndGo() async throws {
        try await SecureServer.run([Self.hello], configure: { $0.connectionsMax = 8 }) { secure in
            var offer = TLSTestClient.Offer()
            for round in 0..<1_000 {
                let (client, tls) = try await secure.connect(offer)
                #expect(try await client.ask(get("/hello/", "Connection: close\r\n")).body == "https")
                offer.session = round % 10 == 0 ? nil : tls.session
                await client.finish()
                _ = try await client.untilEnd()
                await client.close()
                // The bound of eight refuses what is not given back.
                try await secure.untilEmpty()
            }
        }
    }
}

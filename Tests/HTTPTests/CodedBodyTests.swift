// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import HTTP

/// Request bodies in gzip, over real sockets and for every way of reading.
@Suite(.timeLimit(.minutes(5))) struct CodedBodyTests {
    private static let routes = [
        Route(.post, "/json/", name: "json") { request in
            .text(try request.json { $0.string("name", length: 1...400_000) })
        },
        Route(.post, "/form/", name: "form", reads: .form()) { request in
            .text(try request.form().pairs.map { "\($0.name)=\($0.value);" }.joined())
        },
        Route.immediate(.post, "/now/", name: "now") { .text("\($0.body.count)") },
        Upload.tell,
    ]

    private static func run(_ body: @escaping @Sendable (LiveServer, RawClient) async throws -> Void) async throws {
        let directory = UploadDirectory()
        try await LiveServer.run(routes, configure: { directory.use(&$0) }) { live in
            try await body(live, try await live.connect())
            try await live.until { directory.names.isEmpty }
        }
    }

    private static func gzip(_ path: String, _ body: [UInt8], _ type: String = "application/json") throws -> [UInt8] {
        Upload.request(
            path, try GzipDecoderTests.coded(body), ["Content-Encoding: gzip", "Content-Type: \(type)"])
    }

    private static let long = String(repeating: "abcdefgh", count: 100)

    @Test func areReadLikeTheOthers() async throws {
        try await Self.run { _, client in
            let json = Array("{\"name\":\"\(Self.long)\"}".utf8)
            #expect(try await client.ask(try Self.gzip("/json/", json)).body == Self.long)
            #expect(try await client.ask(try Self.gzip("/now/", json)).body == "\(json.count)")
            let form = Array("a=1&b=\(Self.long)".utf8)
            let type = "application/x-www-form-urlencoded"
            #expect(try await client.ask(try Self.gzip("/form/", form, type)).body == "a=1;b=\(Self.long);")
            let file = [UInt8](repeating: 7, count: 300_000) + Upload.noise(200_000)
            let parts = Upload.form([Upload.file("f", file), Upload.field("a", Self.long)])
            let expected = Upload.line("f", file, "disk") + Upload.line("a", Array(Self.long.utf8), "memory")
            #expect(try await client.ask(try Self.gzip("/tell/", parts, Upload.boundary)).body == expected)
            // In chunks, and octet by octet.
            let lines = ["Content-Encoding: X-GZip"]
            let coded = try GzipDecoderTests.coded(json)
            #expect(try await client.ask(Upload.chunked("/json/", coded, lines, size: 3)).body == Self.long)
            for octet in Upload.request("/json/", coded, lines) { await client.send([octet]) }
            #expect(try await client.answer().body == Self.long)
            // No coding at all.
            #expect(try await client.ask(Upload.request("/now/", json, ["Content-Encoding: identity"])).status == 200)
        }
    }

    @Test(
        "other codings are refused, and the connection goes on",
        arguments: ["br", "deflate", "gzip, gzip", "gzip,", "", "gzip\r\nContent-Encoding: gzip", "zip", "*"])
    func otherCodings(coding: String) async throws {
        try await Self.run { _, client in
            let refused = try await client.ask(post("/json/", "{}", "Content-Encoding: \(coding)\r\n"))
            #expect(refused.status == 415)
            #expect(refused.field("accept-encoding") == "gzip, identity")
            #expect(refused.body.contains("unsupported-media-type"))
            let early = try await client.ask(
                "POST /json/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
                    + "Content-Encoding: \(coding)\r\n\r\n")
            #expect(early.status == 415)
        }
    }

    @Test func brokenOnesAreRefused() async throws {
        try await Self.run { live, _ in
            let coded = try GzipDecoderTests.coded(Array("{\"name\":\"\(Self.long)\"}".utf8))
            for body in [
                Array(coded.dropLast()), coded + [0], coded + coded, Array("{}".utf8), Array(coded.dropFirst()),
            ] {
                let client = try await live.connect()
                let answer = try await client.ask(Upload.request("/json/", body, ["Content-Encoding: gzip"]))
                #expect(answer.status == 400)
                #expect(answer.body.contains("malformed-request"))
                await client.close()
            }
        }
    }

    @Test func bombsAreStopped() async throws {
        try await Self.run { live, _ in
            // 20 MB of zeros in 20 KB, against limits of 1 and 25 MiB: the length stops one, the ratio the other.
            let bomb = try GzipDecoderTests.coded([UInt8](repeating: 0, count: 20_000_000))
            for (path, type) in [("/json/", "application/json"), ("/tell/", Upload.boundary)] {
                let client = try await live.connect()
                let answer = try await client.ask(
                    Upload.request(path, bomb, ["Content-Encoding: gzip", "Content-Type: \(type)"]))
                // The multipart form ends with its first octet.
                #expect(answer.status == (path == "/json/" ? 413 : 400))
                await client.close()
            }
            let file = Upload.form([Upload.file("f", [UInt8](repeating: 0, count: 9_000_000))])
            let client = try await live.connect()
            #expect(try await client.ask(try Self.gzip("/tell/", file, Upload.boundary)).status == 413)
            // The limit holds for what is decoded.
            let next = try await live.connect()
            let exact = Array("{\"name\":\"".utf8) + Upload.letters(Route.bodyMaxDefault - 11) + Array("\"}".utf8)
            #expect(try await next.ask(try Self.gzip("/now/", exact)).body == "\(Route.bodyMaxDefault)")
            #expect(try await next.ask(try Self.gzip("/now/", exact + [0x20])).status == 413)
        }
    }

    @Test func noMoreAreDecodedAtOnceThanThereIsRoomFor() {
        let slots = DecoderSlots()
        var held = (0..<DecoderSlots.countMax).map { _ in slots.take() }
        #expect(held.allSatisfy { $0 != nil })
        #expect(slots.take() == nil)
        held.removeLast()
        #expect(slots.take() != nil)
    }

    @Test(
        "forms are strict",
        arguments: [
            ("a=%zz", "application/x-www-form-urlencoded", 400), ("a=1", "application/json", 415),
            ("a=1", "application/x-www-form-urlencoded; charset=utf-8", 200),
            ("a=1", "application/x-www-form-urlencoded;;;x", 400),
            ("a=\(String(repeating: "x", count: 65_537))", "application/x-www-form-urlencoded", 413),
        ])
    func forms(body: String, type: String, status: Int) async throws {
        try await Self.run { _, client in
            let answer = try await client.ask(post("/form/", body, "Content-Type: \(type)\r\n"))
            #expect(answer.status == status)
            #expect(try await client.ask(post("/now/", "12")).body == "2")
        }
    }
}

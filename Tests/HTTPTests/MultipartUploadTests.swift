// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing
import UVRuntime

@testable import HTTP

/// Multipart bodies over real sockets: what arrives, what is refused, and that nothing stays on the disk.
@Suite(.timeLimit(.minutes(5))) struct MultipartUploadTests {
    private static let small = Upload.noise(1000)
    private static let large = Upload.noise(3_000_000)

    private static func run(
        _ routes: [Route] = [Upload.tell], configure: @escaping (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (LiveServer, UploadDirectory) async throws -> Void
    ) async throws {
        let directory = UploadDirectory()
        try await LiveServer.run(
            routes,
            configure: {
                directory.use(&$0)
                configure(&$0)
            }
        ) { live in
            try await body(live, directory)
            try await live.until { directory.names.isEmpty }
        }
    }

    @Test func longFilesWaitOnTheDiskAndAreGoneAfterTheAnswer() async throws {
        try await Self.run { live, directory in
            let client = try await live.connect()
            let parts = [Upload.field("a", "1"), Upload.file("s", Self.small), Upload.file("l", Self.large)]
            let expected =
                Upload.line("a", Array("1".utf8), "memory") + Upload.line("s", Self.small, "memory")
                + Upload.line("l", Self.large, "disk")
            let request = Upload.multipart("/tell/", parts)
            // What is behind an upload waits for its answer.
            await client.send(request + request)
            for _ in 0..<2 {
                let answer = try await client.answer()
                #expect(answer.status == 200)
                #expect(answer.body == expected)
            }
            let type = ["Content-Type: \(Upload.boundary)"]
            let chunked = try await client.ask(Upload.chunked("/tell/", Upload.form(parts), type, size: 7001))
            #expect(chunked.body == expected)
            try await live.until { directory.names.isEmpty }
            #expect(live.server.connectionCount == 1)
        }
    }

    @Test func arrivesTheSameOctetByOctet() async throws {
        try await Self.run { live, _ in
            let client = try await live.connect()
            let content = Array("x\r\n--\r\n--c\r\n".utf8)
            let request = Upload.multipart("/tell/", [Upload.field("a", ""), Upload.file("f", content)])
            try await client.trickle(String(decoding: request, as: UTF8.self))
            let expected = Upload.line("a", [], "memory") + Upload.line("f", content, "memory")
            #expect(try await client.answer().body == expected)
        }
    }

    @Test func aClientThatEndsItsSideIsAnswered() async throws {
        try await Self.run { live, _ in
            let client = try await live.connect()
            await client.send(Upload.multipart("/tell/", [Upload.file("l", Self.large)]))
            await client.finish()
            #expect(try await client.answer().body == Upload.line("l", Self.large, "disk"))
        }
    }

    @Test func handlersReadAndKeepFiles() async throws {
        let target = UploadDirectory()
        let route = Route(.post, "/keep/", name: "keep", reads: .multipart()) { request in
            let parts = try request.multipart()
            let file = try #require(parts.first?.file)
            let middle = try await file.read(at: 100_000, count: 100)
            let tail = try await file.read(at: file.size - 5, count: 100)
            try await file.move(to: target.path + "/kept")
            await #expect(throws: SpoolError(.gone)) { _ = try await file.read(at: 0, count: 1) }
            return HTTPResponse(.ok, contentType: .bytes, body: middle + tail)
        }
        try await Self.run([route]) { live, _ in
            let client = try await live.connect()
            let answer = try await client.ask(Upload.multipart("/keep/", [Upload.file("l", Self.large)]))
            #expect(answer.octets == Array(Self.large[100_000..<100_100]) + Self.large.suffix(5))
            #expect(target.read("kept") == Self.large)
        }
    }

    @Test func aHandlerThatThrowsLeavesNothing() async throws {
        struct Mishap: Error {}
        let route = Route(.post, "/throw/", name: "throw", reads: .multipart()) { _ in throw Mishap() }
        try await Self.run([route]) { live, directory in
            let client = try await live.connect()
            let answer = try await client.ask(Upload.multipart("/throw/", [Upload.file("l", Self.large)]))
            #expect(answer.status == 500)
            try await live.until { directory.names.isEmpty }
            #expect(live.server.connectionCount == 1)
        }
    }

    @Test("a connection that is cut leaves nothing and calls nobody", arguments: [0, 100, 70_000, 200_000, 2_900_000])
    func cutConnections(at cut: Int) async throws {
        try await Self.run { live, directory in
            let client = try await live.connect()
            let request = Upload.multipart("/tell/", [Upload.field("a", "1"), Upload.file("l", Self.large)])
            await client.send(Array(request[..<(request.count - Self.large.count + cut)]))
            if cut > 100_000 { try await live.until { !directory.names.isEmpty } }
            await client.close()
            try await live.until { live.server.connectionCount == 0 && directory.names.isEmpty }
        }
    }

    @Test func theServersEndLeavesNothing() async throws {
        try await Self.run { live, directory in
            let client = try await live.connect()
            let request = Upload.multipart("/tell/", [Upload.file("l", Self.large)])
            await client.send(Array(request[..<1_000_000]))
            try await live.until { !directory.names.isEmpty }
            await live.server.drain(limit: .zero)
            try await live.until { directory.names.isEmpty }
        }
    }

    @Test func slowUploadsAreGivenUp() async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.timeouts.bodyGrace = .milliseconds(30)
            $0.timeouts.bodyRateMin = 1_000_000_000
        }
        try await Self.run(configure: configure) { live, directory in
            let client = try await live.connect()
            let request = Upload.multipart("/tell/", [Upload.file("l", Self.large)])
            await client.send(Array(request[..<500_000]))
            #expect(try await client.answer().status == 408)
            #expect(try await client.untilEnd() == "")
            try await live.until { directory.names.isEmpty }
        }
    }

    // MARK: Refusals

    @Test func limitsAreRefusalsThatLeaveNothing() async throws {
        var limits = MultipartLimits()
        limits.fileMax = 200_000
        limits.partCountMax = 2
        let route = Route(.post, "/tell/", name: "tell", reads: .multipart(limits), bodyMax: 300_000) { _ in .text("") }
        try await Self.run([route]) { live, directory in
            let file = Upload.file("l", Array(Self.large[..<200_000]))
            let longer = Upload.file("l", Array(Self.large[..<200_001]))
            let type = ["Content-Type: \(Upload.boundary)"]
            let cases: [([UInt8], Int)] = [
                (Upload.multipart("/tell/", [file]), 200), (Upload.multipart("/tell/", [longer]), 413),
                (Upload.multipart("/tell/", [file, file]), 413),
                (Upload.chunked("/tell/", Upload.form([file, file]), type, size: 5000), 413),
                (Upload.multipart("/tell/", [file, Upload.field("a", "1")]), 200),
                (Upload.multipart("/tell/", [file, Upload.field("a", "1"), Upload.field("b", "1")]), 413),
            ]
            for (number, (request, status)) in cases.enumerated() {
                let client = try await live.connect()
                let answer = try await client.ask(request)
                #expect(answer.status == status, "case \(number)")
                if status == 413 { #expect(answer.body.contains("payload-too-large")) }
                await client.close()
                try await live.until { directory.names.isEmpty }
            }
        }
    }

    @Test func brokenFormsAreRefusedAndLeaveNothing() async throws {
        try await Self.run { live, directory in
            let form = Upload.form([Upload.file("l", Self.large)])
            let type = ["Content-Type: \(Upload.boundary)"]
            // Known at the end alone: the connection goes on.
            let client = try await live.connect()
            let cut = try await client.ask(Upload.request("/tell/", Array(form.dropLast(4)), type))
            #expect(cut.status == 400)
            #expect(cut.field("connection") == nil)
            // Known earlier: what follows is not read.
            let broken = Upload.form([
                Upload.file("l", Self.small), Array("X\r\n\r\n".utf8), Upload.file("l", Self.large),
            ])
            let answer = try await client.ask(Upload.request("/tell/", broken, type))
            #expect(answer.status == 400)
            #expect(answer.field("connection") == "close")
            try await live.until { directory.names.isEmpty }
        }
    }

    @Test(
        "hostile media types",
        arguments: [
            ("multipart/form-data", 400), ("multipart/form-data; boundary=", 400),
            ("multipart/form-data; boundary=\"\"", 400),
            ("multipart/form-data; boundary=\(String(repeating: "b", count: 71))", 400),
            ("multipart/form-data; boundary=b; boundary=c", 400), ("multipart/form-data; boundary=bnd7q;;", 200),
            ("multipart/form-data; boundary=b\r\nContent-Type: \(Upload.boundary)", 400),
            ("multipart/form-data; boundary=\"b", 400), ("multipart/form-data; boundary=é", 400),
            ("Multipart/Form-Data;Boundary=\"bnd7q\"", 200), ("multipart/mixed; boundary=b", 415),
            ("application/json", 415), (";", 400), ("multipart/form-data boundary=b", 400),
        ])
    func mediaTypes(type: String, status: Int) async throws {
        try await Self.run { live, _ in
            let client = try await live.connect()
            let body = Upload.form([Upload.field("a", "1")])
            #expect(try await client.ask(Upload.request("/tell/", body, ["Content-Type: \(type)"])).status == status)
            // The body was read and dropped.
            #expect(try await client.ask(Upload.multipart("/tell/", [Upload.field("a", "1")])).status == 200)
        }
    }

    @Test func aBodyWithoutMediaTypeIsNoForm() async throws {
        try await Self.run { live, _ in
            let client = try await live.connect()
            #expect(try await client.ask(post("/tell/", "x")).status == 415)
            #expect(try await client.ask(post("/tell/", "")).status == 415)
            // Before anything is sent.
            let early = try await client.ask(
                "POST /tell/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            #expect(early.status == 415)
        }
    }
}

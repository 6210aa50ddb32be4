// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

/// Answers from the disk over real sockets.
@Suite(.timeLimit(.minutes(5))) struct FileAnswerTests {
    private static let large = Upload.noise(3_000_000)

    /// A directory with files, and links that lead out of it.
    private static func run(
        configure: @escaping (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (LiveServer, UploadDirectory) async throws -> Void
    ) async throws {
        let directory = UploadDirectory()
        directory.write("large.jpg", large, age: 100)
        directory.write("empty.txt")
        directory.write("page.html", Array("<script>".utf8))
        directory.write(".hidden", [1])
        let root = FileRoot(directory.path)
        let routes = [
            Route(.get, "/files/{name}/", name: "files") { request in
                try await root.response(to: request, file: request.parameters["name"] ?? "")
            },
            Route(.get, "/named/", name: "named", query: ["file"]) { request in
                try await root.response(to: request, file: request.query["file"] ?? "")
            },
            Route(.get, "/saved/", name: "saved", query: ["as"]) { request in
                try await root.response(
                    to: request, file: "large.jpg", disposition: .attachment(name: request.query["as"] ?? ""))
            },
            Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        ]
        try await LiveServer.run(routes, configure: configure) { live in try await body(live, directory) }
    }

    @Test func wholeFilesAreStreamed() async throws {
        try await Self.run { live, _ in
            let client = try await live.connect()
            // What is behind a file waits for its end.
            await client.send(get("/files/large.jpg") + get("/hello/") + get("/files/empty.txt") + get("/hello/"))
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.octets == Self.large)
            #expect(answer.field("content-type") == "image/jpeg")
            #expect(answer.field("x-content-type-options") == "nosniff")
            #expect(answer.field("content-disposition") == "inline")
            #expect(answer.field("accept-ranges") == "bytes")
            #expect(answer.field("cache-control") == "public, max-age=3600")
            #expect(answer.field("last-modified")?.hasSuffix(" GMT") == true)
            #expect(try await client.answer().body == "hello")
            let empty = try await client.answer()
            #expect(empty.status == 200 && empty.octets.isEmpty && empty.field("content-length") == "0")
            #expect(try await client.answer().body == "hello")
            let head = try await client.ask("HEAD /files/large.jpg HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
            for name in ["content-length", "content-type", "etag", "last-modified", "content-disposition"] {
                #expect(head.field(name) == answer.field(name) && head.field(name) != nil)
            }
            let old = try await client.ask("GET /files/large.jpg HTTP/1.0\r\n\r\n")
            #expect(old.octets == Self.large)
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func partsAndConditions() async throws {
        try await Self.run { live, directory in
            let client = try await live.connect()
            let whole = try await client.ask(get("/files/large.jpg"))
            let tag = try #require(whole.field("etag"))
            let date = try #require(whole.field("last-modified"))
            let part = try await client.ask(get("/files/large.jpg", "Range: bytes=100000-299999\r\n"))
            #expect(part.status == 206)
            #expect(part.octets == Array(Self.large[100_000..<300_000]))
            #expect(part.field("content-range") == "bytes 100000-299999/3000000")
            #expect(part.field("etag") == tag)
            let beyond = try await client.ask(get("/files/large.jpg", "Range: bytes=3000000-\r\n"))
            #expect(beyond.status == 416)
            #expect(beyond.body.contains(#""code":"range-not-satisfiable""#))
            #expect(beyond.field("content-range") == "bytes */3000000")
            #expect(try await client.ask(get("/files/large.jpg", "Range: bytes=0-0,2-2\r\n")).status == 200)
            for line in ["If-None-Match: \(tag)", "If-Modified-Since: \(date)", "If-None-Match: \"x\", W/\(tag)"] {
                let known = try await client.ask(get("/files/large.jpg", line + "\r\n"))
                #expect(known.status == 304 && known.octets.isEmpty)
                #expect(known.field("etag") == tag && known.field("content-length") == nil)
            }
            #expect(try await client.ask(get("/files/large.jpg", "If-Match: \"x\"\r\n")).status == 412)
            let resumed = "Range: bytes=2999999-\r\nIf-Range: \(tag)\r\n"
            #expect(try await client.ask(get("/files/large.jpg", resumed)).octets == [Self.large[2_999_999]])
            // Another content under the name: another tag, and the whole for whoever has a part of the first.
            directory.write("large.jpg", Array(Self.large.reversed()))
            let other = try await client.ask(get("/files/large.jpg", resumed))
            #expect(other.status == 200 && other.field("etag") != tag && other.octets == Self.large.reversed())
        }
    }

    @Test(
        "nothing but plain files below the root is served",
        arguments: [
            "", "/", "..", "../", "../etc/passwd", "/etc/passwd", "sub/../../etc/passwd", "sub/..", ".", ".hidden",
            "sub",
            "sub/", "sub//in.txt", "link.txt", "out/passwd", "pipe", "none.txt", "a\0b", "sub\\in.txt", "large.jpg/x",
            "large.jpg/", "sub/.hidden", "sub/link.txt", String(repeating: "x", count: 300),
        ])
    func escapes(name: String) async throws {
        try await Self.run { live, directory in
            directory.makeFolder("sub")
            directory.write("sub/in.txt", Array("inside".utf8))
            directory.write("sub/.hidden", [1])
            symlink("/etc/passwd", directory.path + "/link.txt")
            symlink("in.txt", directory.path + "/sub/link.txt")
            symlink("/etc", directory.path + "/out")
            mkfifo(directory.path + "/pipe", 0o600)
            let client = try await live.connect()
            let query = name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let answer = try await client.ask(get("/named/?file=\(query)"))
            // NUL is refused by the query already.
            #expect(answer.status == (name.contains("\0") ? 400 : 404))
            #expect(!answer.body.contains(directory.path))
            let inside = try await client.ask(get("/named/?file=sub/in.txt"))
            #expect(inside.body == "inside")
        }
    }

    @Test func whatMightRunIsSavedInstead() async throws {
        try await Self.run { live, _ in
            let client = try await live.connect()
            let page = try await client.ask(get("/files/page.html"))
            #expect(page.field("content-type") == "application/octet-stream")
            #expect(page.field("content-disposition")?.hasPrefix("attachment; filename=\"page.html\"") == true)
            let named = try await client.ask(get("/saved/?as=a%22%0D%0AX:y%3B%C3%A9.jpg"))
            #expect(
                named.field("content-disposition")
                    == "attachment; filename=\"a___X:y;__.jpg\"; filename*=UTF-8''a%22%0d%0aX%3ay%3b%c3%a9.jpg")
            #expect(named.field("x") == nil)
        }
    }

    /// A client that takes nothing costs what its socket takes and one piece; the others are served.
    @Test func aSlowClientIsWaitedForAndThenGivenUp() async throws {
        let sizes = Mutex<[Int]>([])
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.timeouts.write = .milliseconds(50)
            $0.accessLog = { record in sizes.withLock { $0.append(record.bytesSent) } }
        }
        try await Self.run(configure: configure) { live, directory in
            let size = 64 * 1024 * 1024
            truncate(directory.path + "/large.jpg", size)
            let slow = try await live.connect()
            await slow.stopReading()
            await slow.send(get("/files/large.jpg"))
            try await live.until { sizes.withLock { !$0.isEmpty } }
            let sent = try #require(sizes.withLock { $0.first })
            #expect(sent < size / 2)
            await slow.startReading()
            let received = try await slow.untilEnd()
            #expect(received.utf8.count < size)
            try await live.until { directory.openCount == 0 }
        }
    }

    @Test func aClientThatLeavesHasItsFileClosed() async throws {
        try await Self.run { live, directory in
            truncate(directory.path + "/large.jpg", 64 * 1024 * 1024)
            let client = try await live.connect()
            await client.stopReading()
            await client.send(get("/files/large.jpg"))
            try await live.until { directory.openCount == 1 }
            await client.close()
            try await live.until { live.server.connectionCount == 0 && directory.openCount == 0 }
        }
    }

    @Test func aFileThatShrinksBreaksTheConnection() async throws {
        try await Self.run { live, directory in
            truncate(directory.path + "/large.jpg", 64 * 1024 * 1024)
            let client = try await live.connect()
            await client.stopReading()
            await client.send(get("/files/large.jpg"))
            try await live.until { directory.openCount == 1 }
            truncate(directory.path + "/large.jpg", 10)
            await client.startReading()
            let received = try await client.untilEnd()
            #expect(received.hasPrefix("HTTP/1.1 200 "))
            #expect(received.utf8.count < 64 * 1024 * 1024)
            try await live.until { directory.openCount == 0 }
        }
    }

    @Test func theServersEndWaitsForAFile() async throws {
        try await Self.run { live, directory in
            let client = try await live.connect()
            await client.stopReading()
            truncate(directory.path + "/large.jpg", 16 * 1024 * 1024)
            await client.send(get("/files/large.jpg"))
            try await live.until { directory.openCount == 1 }
            async let drained: Void = live.server.drain(limit: .seconds(60))
            await client.startReading()
            #expect(try await client.answer().octets.count == 16 * 1024 * 1024)
            #expect(try await client.untilEnd() == "")
            await drained
        }
    }
}

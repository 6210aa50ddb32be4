// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Synchronization
import Testing
import UVRuntime

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct AccessLogTests {
    /// The log of the server's loop, made with its first record: the loop does not exist before.
    private final class Lines: Sendable {
        let file: AccessLogFile
        private let log = Mutex<AccessLog?>(nil)
        private let logger: Logger

        init(_ file: AccessLogFile, logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            self.file = file
            self.logger = logger
        }

        func add(_ record: AccessRecord) {
            guard let loop = EventLoop.currentLoop else { return }
            let log = log.withLock { log in
                let known = log ?? AccessLog(loop: loop, file: file, logger: logger)
                log = known
                return known
            }
            log.add(record)
        }

        /// Writes what waits, on the server's loop.
        func close(on loop: EventLoop) async throws {
            try await loop.run { self.log.withLock { $0 }?.close() }
        }
    }

    private static let routes = [
        Route.immediate(.get, "/a/", name: "a", query: nil) { _ in .text("ok") },
        Route(.post, "/b/{id}/", name: "b", query: nil) { _ in throw Problem(.validationFailed) },
    ]

    /// A folder of its own for `body`, removed afterwards.
    private static func folder(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/mve-access-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { for name in ["log", "log.1"] { unlink(folder + "/" + name) } }
        defer { rmdir(folder) }
        try await body(folder)
    }

    private static func lines(_ path: String) throws -> [JSONDocument] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var octets: [UInt8] = []
        while case let octet = fgetc(file), octet != EOF { octets.append(UInt8(truncatingIfNeeded: octet)) }
        #expect(octets.isEmpty || octets.last == UInt8(ascii: "\n"))
        return try octets.split(separator: UInt8(ascii: "\n")).map { try JSONDocument(parsing: Array($0)) }
    }

    private static func text(_ document: JSONDocument, _ name: StaticString) throws -> String? {
        try JSONInput.read(document) { $0.optionalString(name) }.value
    }

    private static func number(_ document: JSONDocument, _ name: StaticString) throws -> Int? {
        try JSONInput.read(document) { $0.optionalInt(name) }.value
    }

    @Test func writesALineForEveryAnswer() async throws {
        try await Self.folder { folder in
            let lines = Lines(try AccessLogFile(path: folder + "/log"))
            try await LiveServer.run(Self.routes, configure: { $0.accessLog = { lines.add($0) } }) { live in
                let client = try await live.connect()
                await client.send(get("/a/?token=secret", "Authorization: Bearer secret\r\n"))
                let answer = try await client.answer()
                await client.send("POST /b/%22%0a%7B%C3%A9/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsecret")
                _ = try await client.answer()
                await client.send("nonsense\r\n\r\n")
                _ = try await client.answer()
                try await lines.close(on: live.loops[0])
                let written = try Self.lines(folder + "/log")
                try #require(written.count == 3)
                #expect(try Self.text(written[0], "request_id") == answer.field("x-request-id"))
                #expect(try Self.text(written[0], "method") == "GET")
                #expect(try Self.text(written[0], "path") == "/a/")
                #expect(try Self.text(written[0], "route") == "a")
                #expect(try Self.number(written[0], "status") == 200)
                #expect(try Self.text(written[0], "client") == "127.0.0.1")
                let size = try Self.number(written[0], "bytes") ?? 0
                #expect(size > 100)
                #expect(try Self.number(written[0], "duration_us") != nil)
                #expect(try Self.text(written[0], "trace_id")?.utf8.count == 32)
                // What a client puts into a path stays inside its string.
                #expect(try Self.text(written[1], "path") == "/b/\"\n{é/")
                #expect(try Self.number(written[1], "status") == 422)
                #expect(try Self.number(written[2], "status") == 400)
                #expect(try Self.text(written[2], "path") == nil)
                for line in written { #expect(!String(decoding: line.canonical(), as: UTF8.self).contains("secret")) }
            }
        }
    }

    @Test func goesOnInAFreshFileAfterARotation() async throws {
        try await Self.folder { folder in
            let lines = Lines(try AccessLogFile(path: folder + "/log"))
            try await LiveServer.run(Self.routes, configure: { $0.accessLog = { lines.add($0) } }) { live in
                let client = try await live.connect()
                await client.send(get("/a/"))
                _ = try await client.answer()
                try await lines.close(on: live.loops[0])
                #expect(rename(folder + "/log", folder + "/log.1") == 0)
                try lines.file.reopen()
                await client.send(get("/a/") + get("/a/"))
                _ = try await client.answer()
                _ = try await client.answer()
                try await lines.close(on: live.loops[0])
                #expect(try Self.lines(folder + "/log.1").count == 1)
                #expect(try Self.lines(folder + "/log").count == 2)
            }
        }
    }

    @Test func aFullDiskCostsLinesAndNoAnswers() async throws {
        let complaints = Atomic(0)
        let logger = Logger(label: "test") { _ in CountingHandler { complaints.add(1, ordering: .relaxed) } }
        let lines = Lines(try AccessLogFile(path: "/dev/full"), logger: logger)
        try await LiveServer.run(Self.routes, configure: { $0.accessLog = { lines.add($0) } }) { live in
            let client = try await live.connect()
            for _ in 0..<3 {
                await client.send(get("/a/"))
                #expect(try await client.answer().status == 200)
                try await lines.close(on: live.loops[0])
            }
        }
        // Once a minute at most.
        #expect(complaints.load(ordering: .relaxed) == 1)
    }

    @Test func aPlaceThatCannotBeWrittenIsSaid() {
        #expect(throws: AccessLogFile.Failure.self) { try AccessLogFile(path: "/nowhere/at/all") }
    }

    @Test func aMomentIsWrittenAsLogsHaveIt() {
        #expect(InternetTime.text(milliseconds: 0) == "1970-01-01T00:00:00.000Z")
        #expect(InternetTime.text(milliseconds: 1_795_774_500_007) == "2026-11-27T10:15:00.007Z")
    }
}

/// Counts what is logged.
private struct CountingHandler: LogHandler {
    let count: @Sendable () -> Void
    var logLevel = Logger.Level.trace
    var metadata = Logger.Metadata()

    init(_ count: @escaping @Sendable () -> Void) { self.count = count }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { count() }
}

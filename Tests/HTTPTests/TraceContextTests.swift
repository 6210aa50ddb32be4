// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
import Testing

@testable import HTTP

private let trace = "0af7651916cd43dd8448eb211c80319c"
private let parent = "b7ad6b7169203331"

@Suite(.timeLimit(.minutes(1))) struct TraceContextTests {
    private static let id = RequestID(milliseconds: 0x0123_4567_89AB, random: (0xCDEF, 0xFEDC_BA98_7654_3210))

    private static func context(_ lines: [String]) throws -> TraceContext {
        let text = Array((["GET / HTTP/1.1", "Host: a"] + lines + ["", ""]).joined(separator: "\r\n").utf8)
        var parser = RequestParser(limits: ParserLimits())
        let isHead = text.withUnsafeBufferPointer { input in
            var consumed = 0
            if case .head = parser.next(input, &consumed) { return true }
            return false
        }
        try #require(isHead)
        return TraceContext(parser.takeHead(), id)
    }

    @Test(
        "a well-formed field is continued",
        arguments: [
            ("00-\(trace)-\(parent)-01", 1), ("00-\(trace)-\(parent)-00", 0), ("00-\(trace)-\(parent)-ff", 255),
            ("01-\(trace)-\(parent)-01", 1), ("cc-\(trace)-\(parent)-01-what-the-future-adds", 1),
        ] as [(String, UInt8)])
    func continues(value: String, flags: UInt8) throws {
        let context = try Self.context(["TraceParent: \(value)"])
        #expect(context.traceID == trace)
        #expect(context.parent == 0xB7AD_6B71_6920_3331)
        #expect(context.flags == flags)
        #expect(context.span == Self.id.low)
        #expect(context.traceparent == "00-\(trace)-fedcba9876543210-0\(flags & 1)")
    }

    @Test(
        "anything else begins a trace with the request's own number",
        arguments: [
            [], [""], ["00"], ["ff-\(trace)-\(parent)-01"], ["00-\(trace)-\(parent)-01-more"],
            ["00-\(trace)-\(parent)"], ["00-\(trace)-\(parent)-1"], ["00-\(trace)-\(parent)-0g"],
            ["00-\(trace.uppercased())-\(parent)-01"], ["00-00000000000000000000000000000000-\(parent)-01"],
            ["00-\(trace)-0000000000000000-01"], ["00_\(trace)_\(parent)_01"], ["01-\(trace)-\(parent)-01more"],
            ["0-\(trace)-\(parent)-011"], ["00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01"],
            ["00-\(trace)-\(parent)-01, 00-\(trace)-\(parent)-01"],
        ] as [[String]])
    func begins(values: [String]) throws {
        let context = try Self.context(values.map { "traceparent: \($0)" })
        #expect(context.traceID == "0123456789abcdeffedcba9876543210")
        #expect(context.parent == nil)
        #expect(context.flags == 0)
    }

    @Test func theAccessRecordAndTheHandlerSeeTheSame() async throws {
        let records = Records()
        let route = Route(.get, "/trace/", name: "trace") { .text($0.trace.traceID) }
        try await LiveServer.run([route], configure: { $0.accessLog = { records.add($0) } }) { server in
            let client = try await server.connect()
            let sent = "traceparent: 00-\(trace)-\(parent)-01\r\n"
            let answer = try await client.ask(get("/trace/", sent))
            #expect(answer.body == trace)
            let own = try await client.ask(get("/trace/"))
            #expect(own.body.utf8.count == 32 && own.body != trace)
            #expect(records.all.map(\.trace.traceID) == [trace, own.body])
            #expect(own.field("traceparent") == nil)
        }
    }

    private final class Records: Sendable {
        private let list = Mutex<[AccessRecord]>([])

        func add(_ record: AccessRecord) { list.withLock { $0.append(record) } }

        var all: [AccessRecord] { list.withLock { $0 } }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// Ranges, entity tags, dates and their order, without a file.
@Suite struct FileConditionsTests {
    @Test(
        "reads one range",
        arguments: [
            ("bytes=0-9", .part(0..<10)), ("bytes=0-0", .part(0..<1)), ("bytes=5-", .part(5..<100)),
            ("bytes=-5", .part(95..<100)), ("bytes=-100", .part(0..<100)), ("bytes=-101", .part(0..<100)),
            ("bytes=99-99", .part(99..<100)), ("bytes=50-1000", .part(50..<100)), ("Bytes=0-1", .part(0..<2)),
            ("bytes=0-99999999999999999999999", .part(0..<100)), ("bytes=-99999999999999999999", .part(0..<100)),
            ("bytes=000-001", .part(0..<2)), ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            // Overlooked.
            ("bytes=0-1,5-6", .whole), ("bytes=9-8", .whole), ("bytes=", .whole), ("bytes=-", .whole),
            ("bytes", .whole),
            ("bytes=a-b", .whole), ("bytes=1", .whole), ("bytes= 0-1", .whole), ("bytes=0 -1", .whole),
            ("lines=0-1", .whole), ("", .whole), ("bytes=0x1-2", .whole), ("bytes=+1-2", .whole), ("bytes=--1", .whole),
            ("bytes=1-2-3", .whole),
        ] as [(String, ByteRange)])
    func ranges(field: String, expected: ByteRange) {
        #expect(ByteRange(Array(field.utf8)[...], size: 100) == expected)
    }

    @Test func anEmptyFileHasNoRanges() {
        #expect(ByteRange(Array("bytes=0-".utf8)[...], size: 0) == .unsatisfiable)
        #expect(ByteRange(Array("bytes=-1".utf8)[...], size: 0) == .whole)
    }

    @Test(
        "reads dates in three forms",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Fri, 31 Dec 2100 00:00:00 GMT", 4_133_894_400), ("Friday, 27-Nov-26 10:00:00 GMT", 1_795_773_600),
            ("", nil), ("yesterday", nil), ("Sun, 06 Nov 1994 08:49:37", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
            ("Sun, 00 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 24:00:00 GMT", nil), ("Sun, 06 Nov 1994 8:49:37 GMT", nil),
            ("Sun, 06 Nov 99999 08:49:37 GMT", nil), ("Sun, -6 Nov 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil), ("Sun, 06 Nov 1969 08:49:37 GMT", nil),
            ("Sunday, 06-Nov-1994 08:49:37 GMT", nil),
        ] as [(String, Int?)])
    func dates(text: String, seconds: Int?) {
        #expect(HTTPDate.parse(Array(text.utf8)[...]) == seconds)
    }

    /// What we write we read, day by day through more than a century.
    @Test func datesComeBack() {
        for day in stride(from: 0, to: 60_000, by: 7) {
            let seconds = day * 86_400 + day % 86_400
            #expect(HTTPDate.parse(Array(HTTPDate.text(seconds: seconds).utf8)[...]) == seconds)
        }
    }

    @Test(
        "reads lists of entity tags",
        arguments: [
            ("\"a\"", "a"), ("\"a\", W/\"b\"", "a Wb"), (" , \"a\" ,", "a"), ("\"a,b\",\"c\"", "a,b c"), ("*", "*"),
            ("\"\"", ""), ("a", nil), ("\"a", nil), ("w/\"a\"", nil), ("\"a\" \"b\"", nil), ("\"a\", *", nil),
            ("", nil),
            ("W/a", nil), ("\"a b\"", nil),
        ] as [(String, String?)])
    func tags(field: String, expected: String?) {
        let list = EntityTagList([Array(field.utf8)[...]])
        let text = list.map { list in
            list.isAny
                ? "*"
                : list.tags.map { ($0.isWeak ? "W" : "") + String(decoding: $0.opaque, as: UTF8.self) }
                    .joined(separator: " ")
        }
        #expect(text == expected)
    }

    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    private static let after = "Sun, 06 Nov 1994 08:49:38 GMT"

    /// A file tagged `t`, of 100 octets, modified at `date`; `now` is a day later.
    @Test(
        "conditions are asked in order",
        arguments: [
            ("", .whole), ("If-None-Match: \"t\"", .notModified), ("If-None-Match: W/\"t\"", .notModified),
            ("If-None-Match: \"x\"\r\nIf-None-Match: \"t\"", .notModified), ("If-None-Match: *", .notModified),
            ("If-None-Match: \"x\"", .whole), ("If-None-Match: t", .whole),
            ("If-Modified-Since: \(date)", .notModified), ("If-Modified-Since: \(after)", .notModified),
            ("If-Modified-Since: \(before)", .whole), ("If-Modified-Since: never", .whole),
            ("If-Modified-Since: \(date)\r\nIf-Modified-Since: \(date)", .whole),
            // If-None-Match before If-Modified-Since, whatever it says.
            ("If-None-Match: \"x\"\r\nIf-Modified-Since: \(date)", .whole),
            ("If-None-Match: \"t\"\r\nIf-Modified-Since: \(before)", .notModified),
            ("If-Match: \"t\"", .whole), ("If-Match: *", .whole), ("If-Match: \"x\"", .preconditionFailed),
            ("If-Match: W/\"t\"", .preconditionFailed), ("If-Match: t", .preconditionFailed),
            ("If-Match: \"t\"\r\nIf-None-Match: \"t\"", .notModified),
            ("If-Unmodified-Since: \(before)", .preconditionFailed), ("If-Unmodified-Since: \(date)", .whole),
            ("If-Match: \"t\"\r\nIf-Unmodified-Since: \(before)", .whole),
            ("Range: bytes=0-9", .part(0..<10)), ("Range: bytes=100-", .unsatisfiable),
            ("Range: bytes=0-9\r\nRange: bytes=0-9", .whole),
            ("Range: bytes=0-9\r\nIf-None-Match: \"t\"", .notModified),
            ("Range: bytes=0-9\r\nIf-Match: \"x\"", .preconditionFailed),
            ("Range: bytes=0-9\r\nIf-Range: \"t\"", .part(0..<10)), ("Range: bytes=0-9\r\nIf-Range: \"x\"", .whole),
            ("Range: bytes=0-9\r\nIf-Range: W/\"t\"", .whole), ("Range: bytes=0-9\r\nIf-Range: *", .whole),
            ("Range: bytes=0-9\r\nIf-Range: \"x\", \"t\"", .whole),
            ("Range: bytes=0-9\r\nIf-Range: \(date)", .part(0..<10)),
            ("Range: bytes=0-9\r\nIf-Range: \(after)", .whole),
            ("Range: bytes=100-\r\nIf-Range: \"x\"", .whole), ("If-Range: \"x\"", .whole),
        ] as [(String, FileConditions.Outcome)])
    func order(lines: String, expected: FileConditions.Outcome) throws {
        let conditions = FileConditions(tag: [UInt8(ascii: "t")], modified: 784_111_777, size: 100)
        let head = try Self.head("GET", lines)
        #expect(conditions.outcome(of: head, now: 784_200_000) == expected)
        // Ranges are of GET alone.
        let ofHead = conditions.outcome(of: try Self.head("HEAD", lines), now: 784_200_000)
        switch expected {
        case .part, .unsatisfiable: #expect(ofHead == .whole)
        default: #expect(ofHead == expected)
        }
    }

    @Test func aDateOfTheSameSecondTellsNoFilesApart() throws {
        let conditions = FileConditions(tag: [UInt8(ascii: "t")], modified: 784_111_777, size: 100)
        let head = try Self.head("GET", "Range: bytes=0-9\r\nIf-Range: \(Self.date)")
        #expect(conditions.outcome(of: head, now: 784_111_777) == .whole)
        #expect(conditions.outcome(of: head, now: 784_111_778) == .part(0..<10))
    }

    private static func head(_ method: String, _ lines: String) throws -> RequestHead {
        let text = Array("\(method) / HTTP/1.1\r\nHost: a\r\n\(lines.isEmpty ? "" : lines + "\r\n")\r\n".utf8)
        var parser = RequestParser(limits: ParserLimits())
        return try text.withUnsafeBufferPointer { input in
            var consumed = 0
            guard case .head = parser.next(input, &consumed) else { throw RawClient.Gone() }
            return parser.takeHead()
        }
    }
}

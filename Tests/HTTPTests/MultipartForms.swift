// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// What a multipart parser made of a body, in a form that does not depend on how its octets arrived.
struct ParsedMultipart: Equatable {
    /// `name|file name|type=content`, a part that is not complete without `;`.
    var parts: [String] = []
    var failure: ParseFailure?

    init(
        _ body: [UInt8], boundary: String = "b", cuts: some Sequence<Int> = [],
        limits: MultipartLimits = MultipartLimits()
    ) {
        guard let boundary = MultipartBoundary(Array(boundary.utf8)) else {
            failure = .malformed("boundary")
            return
        }
        var parser = MultipartParser(boundary: boundary, limits: limits)
        var parts: [String] = []
        do throws(ParseFailure) {
            var start = 0
            for end in Array(cuts) + [body.count] {
                // A copy of its own: what the parser kept must not point into an earlier piece.
                let piece = Array(body[start..<end])
                start = end
                try piece.withUnsafeBufferPointer { (piece) throws(ParseFailure) in
                    try parser.feed(piece) { event in
                        switch event {
                        case .part(let head):
                            parts.append("\(head.name)|\(head.fileName ?? "-")|\(head.mediaType ?? "-")=")
                        case .data(let octets):
                            parts[parts.count - 1] += String(decoding: octets, as: Unicode.ASCII.self)
                        case .partEnd: parts[parts.count - 1] += ";"
                        }
                    }
                }
            }
            try parser.finish()
        } catch {
            failure = error
        }
        self.parts = parts
    }
}

/// Multipart bodies in the boundary `b` and what must become of them.
struct MultipartSample: Sendable, CustomTestStringConvertible {
    let name: String
    let octets: [UInt8]
    /// The parts, or nil for a body that is refused with `kind`.
    let parts: [String]?
    let kind: Problem.Kind

    var testDescription: String { name }

    init(_ name: String, _ body: String, _ parts: [String]? = nil, _ kind: Problem.Kind = .malformedRequest) {
        self.name = name
        octets = Array(body.utf8)
        self.parts = parts
        self.kind = kind
    }

    /// One field named `a`, whose content is `content`.
    static func field(_ content: String) -> String { "--b\r\n\(a)\r\n\r\n\(content)\r\n--b--\r\n" }
    /// One part with these lines as its head.
    static func head(_ lines: String) -> String { "--b\r\n\(lines)\r\n\r\nx\r\n--b--\r\n" }
    private static let a = "Content-Disposition: form-data; name=\"a\""

    static let all = good + bad

    static let good: [MultipartSample] = [
        .init("one field", field("1"), ["a|-|-=1;"]),
        .init("an empty field", field(""), ["a|-|-=;"]),
        .init("no parts", "--b--\r\n", []), .init("no parts and no line end", "--b--", []),
        .init("without a last line end", "--b\r\n\(a)\r\n\r\n1\r\n--b--", ["a|-|-=1;"]),
        .init("an empty preamble", "\r\n" + field("1"), ["a|-|-=1;"]),
        .init(
            "a field and a file",
            "--b\r\n\(a)\r\n\r\n1\r\n--b\r\ncontent-disposition:form-data;name=f;filename=\"n.txt\"\r\n"
                + "Content-Type: text/plain; charset=\"utf-8\"\r\n\r\nline\r\nline\r\n--b--\r\n",
            ["a|-|-=1;", "f|n.txt|text/plain; charset=\"utf-8\"=line\r\nline;"]),
        .init("line ends as content", field("\r\n\r\n"), ["a|-|-=\r\n\r\n;"]),
        .init("a lone CR at the end", field("1\r"), ["a|-|-=1\r;"]),
        .init("a lone LF at the start", field("\n1"), ["a|-|-=\n1;"]),
        .init("almost a delimiter", field("\r\n--\r\n-\r\n--c\r\r\n--"), ["a|-|-=\r\n--\r\n-\r\n--c\r\r\n--;"]),
        .init("a boundary without its line", field("--b --b-- x--b"), nil),
        .init("a boundary inside a line", field("x--b --b-- x--b"), ["a|-|-=x--b --b-- x--b;"]),
        .init("hyphens at the start", field("--"), ["a|-|-=--;"]), .init("a hyphen", field("-"), ["a|-|-=-;"]),
        .init("other fields are ignored", head("X-Y: z\r\n\(a)\r\nContent-Transfer-Encoding: Binary"), ["a|-|-=x;"]),
        .init("space round the value", head("Content-Disposition: \t form-data ; name=\"a\" \t"), ["a|-|-=x;"]),
        .init("escapes of quotes", head("Content-Disposition: form-data; name=\"a\\\"b\\\\c\""), ["a\"b\\c|-|-=x;"]),
        .init(
            "a path of another system", head("\(a); filename=\"C:\\temp\\photo.jpg\""), ["a|photo.jpg|-=x;"]),
        .init("a path upwards", head("\(a); filename=\"../../etc/passwd\""), ["a|passwd|-=x;"]),
        .init("nothing but dots", head("\(a); filename=\"..\""), ["a||-=x;"]),
        .init("an empty file name", head("\(a); filename=\"\""), ["a||-=x;"]),
        .init("a semicolon in a name", head("\(a); filename=\"a;b.txt\""), ["a|a;b.txt|-=x;"]),
        .init("a percent stays", head("\(a); filename=\"%22.txt\""), ["a|%22.txt|-=x;"]),
        .init("directions are not turned", head("\(a); filename=\"a\u{202E}gpj.exe\""), ["a|agpj.exe|-=x;"]),
    ]

    static let bad: [MultipartSample] = [
        .init("nothing", ""), .init("half a boundary", "-"), .init("no end", "--b\r\n\(a)\r\n\r\n1"),
        .init("no end behind a delimiter", "--b\r\n\(a)\r\n\r\n1\r\n--b"),
        .init("half an end", "--b\r\n\(a)\r\n\r\n1\r\n--b-"), .init("half a last line end", field("1").dropLastOctet),
        .init("a preamble", "hello\r\n" + field("1")), .init("two empty lines", "\r\n\r\n" + field("1")),
        .init("another boundary", "--c\r\n\(a)\r\n\r\n1\r\n--c--\r\n"),
        .init("a longer boundary", "--bb\r\n\(a)\r\n\r\n1\r\n--bb--\r\n"),
        .init("a delimiter that goes on", field("1\r\n--bc")),
        .init("space behind a delimiter", field("1\r\n--b \r\n")),
        .init("a bare LF behind a delimiter", "--b\n\(a)\r\n\r\n1\r\n--b--\r\n"),
        .init("an epilogue", field("1") + "x"), .init("two line ends at the end", field("1") + "\r\n"),
        .init("an epilogue at once", "--b--x"),
        .init("no empty line", "--b\r\n\(a)\r\n\r\n--b--\r\n"), .init("no head", "--b\r\n\r\nx\r\n--b--\r\n"),
        .init("no name", head("Content-Disposition: form-data")),
        .init("an empty name", head("Content-Disposition: form-data; name=\"\"")),
        .init("no form-data", head("Content-Disposition: attachment; name=\"a\"")),
        .init("no disposition", head("Content-Type: text/plain")), .init("two", head("\(a)\r\n\(a)")),
        .init("a name twice", head("\(a); name=\"b\"")), .init("an extended name", head("\(a); filename*=utf-8''x")),
        .init("an open quote", head("Content-Disposition: form-data; name=\"a")),
        .init("text behind a quote", head("Content-Disposition: form-data; name=\"a\"b")),
        .init("base64", head("\(a)\r\nContent-Transfer-Encoding: base64")),
        .init("two types", head("\(a)\r\nContent-Type: a/b\r\nContent-Type: a/b")),
        .init("a malformed type", head("\(a)\r\nContent-Type: ;")),
        .init("a folded line", head("Content-Disposition: form-data;\r\n name=\"a\"")),
        .init("space before the colon", head("Content-Disposition : form-data; name=\"a\"")),
        .init("a bare LF in the head", head("X: y\n\(a)")), .init("a bare CR in the head", head("X: y\rz\r\n\(a)")),
        .init("NUL in the head", head("X: \0\r\n\(a)")),
    ]
}

extension String {
    fileprivate var dropLastOctet: String { String(decoding: Array(utf8).dropLast(), as: UTF8.self) }
}

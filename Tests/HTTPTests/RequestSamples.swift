// SPDX-License-Identifier: Apache-2.0
@testable import HTTP

/// Requests that must be understood, and streams that must be refused, by the rules of RFC 9112 and our stricter ones.
enum RequestSamples {
    static let all = requestLines + targets + hosts + fields + framing + chunks + limits + pipelines

    private static let bad = Sample.Outcome.refused("malformed-request")
    private static let root = Sample.Outcome.requests(["GET / <>"])
    private static let hello = Sample.Outcome.requests(["POST /p <hello>"])

    private static func line(_ line: String, _ outcome: Sample.Outcome = bad) -> Sample {
        Sample("line \(line.debugDescription)", "\(line)\r\nHost: a\r\n\r\n", outcome)
    }

    // MARK: Section 1

    static let requestLines: [Sample] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map { method in
            line("\(method) /x HTTP/1.1", .requests(["\(method) /x <>"]))
        } + [
            line("BREW / HTTP/1.1", .requests(["unknown / <>"])),
            line("get / HTTP/1.1", .requests(["unknown / <>"])),
            line("G!#$%&'*+-.^_`|~9 / HTTP/1.1", .requests(["unknown / <>"])),
            line("CONNECT example.org:443 HTTP/1.1", .requests(["unknown  <>"])),
            line("TRACE / HTTP/1.1", .requests(["unknown  <>"])),
            line("GET / HTTP/1.0", root), line("GET / HTTP/1.2", root), line("GET / HTTP/1.9", root),
            line("GET / HTTP/2.0", .refused("version-not-supported")),
            line("GET / HTTP/0.9", .refused("version-not-supported")),
            line("GET / HTTP/3.1", .refused("version-not-supported")),
            line("GET / HTTP/1"), line("GET / HTTP/1.10"), line("GET / HTTP/11"), line("GET / http/1.1"),
            line("GET / HTTPS/1.1"), line("GET / HTTP/1,1"), line("GET / HTTP/x.1"), line("GET / HTTP/1.1 "),
            line("GET /"), line("GET"), line("GET  / HTTP/1.1"), line("GET /  HTTP/1.1"), line(" GET / HTTP/1.1"),
            line("GET\t/ HTTP/1.1"), line("GET /\tHTTP/1.1"), line("GET /a b HTTP/1.1"), line("G@T / HTTP/1.1"),
            line("GET / HTTP/1.1\r"), line("GET / HTTP/1.1\0"), line("/ HTTP/1.1"), line("\rGET / HTTP/1.1"),
            Sample("empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", root),
            Sample("four empty lines", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", root),
            Sample("five empty lines", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", bad),
            Sample("bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", bad),
            Sample("bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", bad),
            Sample("bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", bad),
            Sample("bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", bad),
            Sample("a TLS hello", octets: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00], bad),
            Sample("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refused("version-not-supported")),
        ]

    static let targets: [Sample] = [
        .target("/", root), .target("/a/b", .requests(["GET /a/b <>"])),
        .target("/a?", .requests(["GET /a? <>"])), .target("/a?b=c&d", .requests(["GET /a?b=c&d <>"])),
        .target("/a?b?c/d", .requests(["GET /a?b?c/d <>"])), .target("/%41%c3%a9", .requests(["GET /Aé <>"])),
        .target("/a/./b", .requests(["GET /a/b <>"])), .target("/a/../b", .requests(["GET /b <>"])),
        .target("/../../etc", .requests(["GET /etc <>"])), .target("/a/%2e%2E/b", .requests(["GET /b <>"])),
        .target("/a/..", .requests(["GET / <>"])), .target("/a/.", .requests(["GET /a/ <>"])),
        .target("/..a/b..", .requests(["GET /..a/b.. <>"])), .target("/a//b", .requests(["GET /a//b <>"])),
        .target("/a%252e", .requests(["GET /a%2e <>"])), .target("//evil/x", .requests(["GET //evil/x <>"])),
        .target("http://a/b?c", .requests(["GET /b?c <>"])), .target("HTTPS://a:443/b", .requests(["GET /b <>"])),
        .target("http://a", root), .target("http://a?x", .requests(["GET /?x <>"])),
        .target("http://[::1]:8000/", root),
        .target("http://", bad), .target("http:///b", bad), .target("http://u:p@a/", bad), .target("ftp://a/", bad),
        .target("http:/a", bad), .target("a", bad), .target("a:80", bad), .target("*", bad), .target("?x", bad),
        .target("/a#b", bad), .target("/a\\b", bad), .target("/a%2fb", bad), .target("/a%5Cb", bad),
        .target("/a%00", bad), .target("/a%", bad), .target("/a%4", bad), .target("/a%4g", bad),
        .target("/%c0%ae", bad), .target("/%ed%a0%80", bad), .target("/%ff", bad), .target("/a\u{7F}", bad),
        .target("/é", bad), .target("/a\u{1}", bad),
        Sample("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", .requests(["OPTIONS * <>"])),
        Sample("OPTIONS of a server", "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", .requests(["OPTIONS * <>"])),
        Sample("OPTIONS **", "OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", bad),
    ]

    static let hosts: [Sample] =
        ["a", "a:80", "a:", "A-b.c_d~", "127.0.0.1:8000", "[::1]", "[2001:db8::1]:65535", "%41b", "a,b"].map {
            Sample("host \($0)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", root)
        }
        + [
            "", " ", "a b", "a/b", "u@a", "a:b", "a:123456", "a:80:80", "[::1", "[::g]", "[]", "::1", "é", "%4", "%zz",
            "a\\b", "http://a", ":80",
        ].map { Sample("host \($0.debugDescription)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", bad) }
        + [
            Sample("no host in 1.1", "GET / HTTP/1.1\r\n\r\n", bad),
            Sample("no host in 1.2", "GET / HTTP/1.2\r\n\r\n", bad),
            Sample("no host in 1.0", "GET / HTTP/1.0\r\n\r\n", root),
            Sample("two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", bad),
            Sample("equal hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", bad),
            Sample("hosts apart", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n", bad),
            Sample("absolute form still needs a host", "GET http://a/ HTTP/1.1\r\n\r\n", bad),
            Sample("a bad host is bad beside absolute form", "GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", bad),
        ]

    static let fields: [Sample] = [
        .field("X:y", root), .field("X: y \t ", root), .field("X:", root), .field("X: \t", root),
        .field("x!#$%&'*+-.^_`|~9: y", root), .field("X: a:b, \"c\" \t d", root), .field("X: é", root),
        .field("Content_Length: 5", root), .field("Content-Length\u{131}: 5"),
        .field("X : y"), .field("X\t: y"), .field(": y"), .field("X"), .field(" X: y"), .field("\tX: y"),
        .field("X: y\r\n folded"), .field("X: y\r\n\tfolded"), .field("X: a\rb"), .field("X: a\0b"),
        .field("X: a\u{1}b"), .field("X: a\u{7F}b"), .field("X: \u{B}"), .field("X(y): z"), .field("X y: z"),
        .field("Xé: y"), .field("X: y\r"),
        Sample("space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", bad),
        Sample("no field at all in 1.0", "GET / HTTP/1.0\r\n\r\n", root),
    ]

    // MARK: Section 2

    static let framing: [Sample] = [
        .post("length", "Content-Length: 5", "hello", hello),
        .post("length with zeros", "Content-Length: 0005", "hello", hello),
        .post("length in capitals", "CONTENT-LENGTH:5", "hello", hello),
        .post("length 0", "Content-Length: 0", "", .requests(["POST /p <>"])),
        .post("neither field", "X: y", "", .requests(["POST /p <>"])),
        .post("chunked", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", hello),
        .post("chunked in capitals", "transfer-encoding:\tCHUNKED ", "5\r\nhello\r\n0\r\n\r\n", hello),
        Sample(
            "GET with a body", "GET /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", .requests(["GET /p <hi>"])),
        .post("length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n", bad),
        .post("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n", bad),
        .post("coding and length 0", "Transfer-Encoding: chunked\r\nContent-Length: 0", "0\r\n\r\n", bad),
        .post("two equal lengths", "Content-Length: 5\r\nContent-Length: 5", "hello", bad),
        .post("two lengths", "Content-Length: 5\r\ncontent-length: 6", "hello", bad),
        .post("a list of lengths", "Content-Length: 5, 5", "hello", bad),
        .post("signed length", "Content-Length: +5", "hello", bad),
        .post("negative length", "Content-Length: -5", "hello", bad),
        .post("space in a length", "Content-Length: 5 0", "hello", bad),
        .post("hexadecimal length", "Content-Length: 0x5", "hello", bad),
        .post("underscore in a length", "Content-Length: 1_0", "hello", bad),
        .post("fraction of a length", "Content-Length: 5.0", "hello", bad),
        .post("empty length", "Content-Length:", "hello", bad),
        .post("length over the limit", "Content-Length: 1001", "", .refused("payload-too-large")),
        .post("length of 2^63", "Content-Length: 9223372036854775808", "", .refused("payload-too-large")),
        .post("length of 2^64 + 5", "Content-Length: 18446744073709551621", "", .refused("payload-too-large")),
        .post(
            "very long length", "Content-Length: " + String(repeating: "9", count: 300), "",
            .refused("payload-too-large")),
        .post("too long and no number", "Content-Length: 99999999999999999999x", "", bad),
        .post("unknown coding before chunked", "Transfer-Encoding: gzip, chunked", "", .refused("not-implemented")),
        .post(
            "unknown coding on its own line", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "",
            .refused("not-implemented")),
        .post("chunked is not last", "Transfer-Encoding: chunked, gzip", "", bad),
        .post("chunked is not last line", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "", bad),
        .post("another coding", "Transfer-Encoding: gzip", "", bad),
        .post("identity", "Transfer-Encoding: identity", "", bad),
        .post("chunked twice", "Transfer-Encoding: chunked, chunked", "0\r\n\r\n", bad),
        .post("chunked on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n", bad),
        .post("chunked with a parameter", "Transfer-Encoding: chunked;q=1", "0\r\n\r\n", bad),
        .post("quoted chunked", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n", bad),
        .post("chunked with a comma", "Transfer-Encoding: chunked,", "0\r\n\r\n", bad),
        .post("comma before chunked", "Transfer-Encoding: ,chunked", "0\r\n\r\n", bad),
        .post("chunked misspelt", "Transfer-Encoding: xchunked", "0\r\n\r\n", bad),
        .post("chunked behind a control", "Transfer-Encoding: \u{B}chunked", "0\r\n\r\n", bad),
        .post("empty coding", "Transfer-Encoding:", "0\r\n\r\n", bad),
        Sample("coding in 1.0", "POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", bad),
    ]

    static let chunks: [Sample] = [
        .chunked("several", "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", hello),
        .chunked("empty", "0\r\n\r\n", .requests(["POST /p <>"])),
        .chunked("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", hello),
        .chunked("capitals", "A\r\n0123456789\r\n0\r\n\r\n", .requests(["POST /p <0123456789>"])),
        .chunked("lower case", "a\r\n0123456789\r\n0\r\n\r\n", .requests(["POST /p <0123456789>"])),
        .chunked("CRLF in the data", "6\r\na\r\nb\r\n\r\n0\r\n\r\n", .requests(["POST /p <a\r\nb\r\n>"])),
        .chunked("extension", "5;a\r\nhello\r\n0;b=c\r\n\r\n", hello),
        .chunked("quoted extension", "5;a=\"b;\\\"\\r\t\"\r\nhello\r\n0\r\n\r\n", hello),
        .chunked("extensions with spaces", "5; a = b ; c ;d=\"e\" ;f\r\nhello\r\n0\r\n\r\n", hello),
        .chunked("trailers", "5\r\nhello\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n", hello),
        .chunked("no size", "\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("a letter", "5g\r\nhello\r\n0\r\n\r\n", bad), .chunked("prefix", "0x5\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("sign", "+5\r\nhello\r\n0\r\n\r\n", bad), .chunked("minus", "-5\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("space before", " 5\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("space behind", "5 \r\nhello\r\n0\r\n\r\n", bad), .chunked("tab", "5\t;a\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("bare LF after the size", "5\nhello\r\n0\r\n\r\n", bad),
        .chunked("bare CR after the size", "5\rhello\r\n0\r\n\r\n", bad),
        .chunked("bare LF after the data", "5\r\nhello\n0\r\n\r\n", bad),
        .chunked("data too long", "4\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("data too short", "6\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("over the limit", "3e9\r\n", .refused("payload-too-large")),
        .chunked(
            "over the limit together", "3e8\r\n" + String(repeating: "a", count: 1000) + "\r\n1\r\n",
            .refused("payload-too-large")),
        .chunked("2^63", "8000000000000000\r\n", .refused("payload-too-large")),
        .chunked("2^64 - 1", "ffffffffffffffff\r\n", .refused("payload-too-large")),
        .chunked("extension without a name", "5;\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("extension without a value", "5;a=\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("extension with space at the end", "5;a \r\nhello\r\n0\r\n\r\n", bad),
        .chunked("value with space at the end", "5;a=b \r\nhello\r\n0\r\n\r\n", bad),
        .chunked("space inside a value", "5;a=b c\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("open quote", "5;a=\"b\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("LF in an extension", "5;a\nhello\r\n0\r\n\r\n", bad),
        .chunked("control in an extension", "5;a=\"\u{1}\"\r\nhello\r\n0\r\n\r\n", bad),
        .chunked("trailer without a colon", "0\r\nX\r\n\r\n", bad),
        .chunked("folded trailer", "0\r\nX: y\r\n z\r\n\r\n", bad),
        .chunked("trailer with a bare LF", "0\r\nX: y\n\r\n", bad),
        .chunked("end with a bare LF", "0\r\n\n", bad),
    ]

    // MARK: Limits and pipelines

    private static func small(_ change: (inout ParserLimits) -> Void) -> ParserLimits {
        var limits = ParserLimits()
        change(&limits)
        return limits
    }

    /// 40 octets, of 39 or 41 with one more or less.
    private static func long(_ count: Int) -> String {
        "GET /" + String(repeating: "a", count: count - 14) + " HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    static let limits: [Sample] = [
        Sample(
            "longest line", long(40), .requests(["GET /\(String(repeating: "a", count: 26)) <>"]),
            limits: small { $0.requestLineMax = 40 }),
        Sample("line too long", long(41), .refused("uri-too-long"), limits: small { $0.requestLineMax = 40 }),
        Sample(
            "endless line", String(repeating: "a", count: 60), .refused("uri-too-long"),
            limits: small { $0.requestLineMax = 40 }),
        Sample(
            "too long and malformed", "GET " + String(repeating: "\u{1}", count: 60) + "\r\n",
            .refused("uri-too-long"), limits: small { $0.requestLineMax = 40 }),
        Sample(
            "longest field", "GET / HTTP/1.1\r\nHost: a\r\nX: 34567890\r\n\r\n", root,
            limits: small { $0.fieldLineMax = 11 }),
        Sample(
            "field too long", "GET / HTTP/1.1\r\nHost: a\r\nX: 345678901\r\n\r\n", .refused("headers-too-large"),
            limits: small { $0.fieldLineMax = 11 }),
        Sample("longest head", "GET / HTTP/1.1\r\nHost: a\r\nX: 6789\r\n\r\n", root, limits: small { $0.headMax = 36 }),
        Sample(
            "head too long", "GET / HTTP/1.1\r\nHost: a\r\nX: 67890\r\n\r\n", .refused("headers-too-large"),
            limits: small { $0.headMax = 36 }),
        Sample(
            "head and field too long", "GET / HTTP/1.1\r\nHost: a\r\nX: 6789012345678901234567890\r\n\r\n",
            .refused("headers-too-large"),
            limits: small {
                $0.headMax = 36
                $0.fieldLineMax = 15
            }),
        Sample(
            "most fields", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n", root,
            limits: small { $0.fieldCountMax = 3 }),
        Sample(
            "too many fields", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n",
            .refused("headers-too-large"), limits: small { $0.fieldCountMax = 3 }),
        .chunked("longest extension", "5;abc\r\nhello\r\n0\r\n\r\n", hello, limits: small { $0.chunkExtensionMax = 4 }),
        .chunked("extension too long", "5;abcd\r\nhello\r\n0\r\n\r\n", bad, limits: small { $0.chunkExtensionMax = 4 }),
        .chunked(
            "extensions too long together", "1;abc\r\nh\r\n1;abc\r\nh\r\n0\r\n\r\n", bad,
            limits: small { $0.chunkExtensionTotalMax = 7 }),
        .chunked(
            "longest trailers", "0\r\nX: y\r\n\r\n", .requests(["POST /p <>"]), limits: small { $0.trailerMax = 8 }),
        .chunked(
            "trailers too long", "0\r\nX: yz\r\n\r\n", .refused("headers-too-large"),
            limits: small { $0.trailerMax = 8 }),
        .chunked(
            "too many trailers", "0\r\nA: y\r\nB: y\r\nC: y\r\n\r\n", .refused("headers-too-large"),
            limits: small { $0.fieldCountMax = 2 }),
    ]

    static let pipelines: [Sample] = [
        Sample(
            "three in a row",
            "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                + "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n",
            .requests(["GET /a <>", "POST /b <hi>", "POST /c <yo>"])),
        Sample(
            "empty lines between", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            .requests(["GET /a <>", "GET /b <>"])),
        Sample(
            "a request inside a body is none",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            .requests(["POST /a <GET /evil HTTP/1.1\r\nHost: a\r\n\r\n>", "GET /b <>"])),
        Sample("garbage behind a request", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n{}", bad),
        Sample("a body that was not announced", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nhi there\r\n", bad),
        Sample("cut off in the head", "GET /a HTTP/1.1\r\nHost", .requests([])),
        Sample("cut off before the last LF", "GET /a HTTP/1.1\r\nHost: a\r\n\r", .requests([])),
        Sample(
            "cut off in the body", "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
            .requests(["PUT /a <half"])),
        .chunked("cut off before the last line", "5\r\nhello\r\n0\r\n", .requests(["POST /p <hello"])),
    ]
}

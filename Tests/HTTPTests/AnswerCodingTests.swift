// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import HTTP

/// Answers in gzip: who gets them, and what their fields say.
@Suite(.timeLimit(.minutes(2))) struct AnswerCodingTests {
    @Test(
        "reads what a client says of codings",
        arguments: [
            ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true), ("deflate, gzip, br", true),
            ("gzip;q=1", true), ("gzip; q=0.001", true), ("gzip ;\tQ=1.000", true),
            ("gzip;q=0.5, identity;q=0.5", true),
            ("gzip;q=1.0, identity; q=0.5, *;q=0", true), ("identity;q=0", false), ("identity;q=0, *", true),
            (", gzip ,", true), ("br;q=1, *;q=0.1", true), ("gzip\r\nAccept-Encoding: identity;q=0.1", true),
            ("", false), ("identity", false), ("br", false), ("gzip;q=0", false), ("gzip;q=0.000", false),
            ("*;q=0", false),
            ("gzip;q=0, *", false), ("gzip;q=0.5, identity", false), ("gzip;q=0.5, identity;q=0.501", false),
            // Malformed: as if nothing had been said.
            ("gzip;q=2", false), ("gzip;q=1.001", false), ("gzip;q=0.1234", false), ("gzip;q=", false),
            ("gzip;q", false),
            ("gzip;x=1", false), ("gzip;q=.5", false), ("gzip;q=1;q=1", false), ("g zip", false), ("gzip;q=-1", false),
            ("gzip;q=0,5", false), ("\"gzip\"", false), ("gzip, ;q=1", false), ("gzip, br;q=x", false),
        ])
    func preference(value: String, expected: Bool) throws {
        let text = Array(get("/", "Accept-Encoding: \(value)\r\n").utf8)
        var parser = RequestParser(limits: ParserLimits())
        try text.withUnsafeBufferPointer { input in
            var consumed = 0
            guard case .head = parser.next(input, &consumed) else { throw RawClient.Gone() }
        }
        #expect(AcceptEncoding.prefersGzip(parser.takeHead()) == expected)
    }

    @Test func aClientThatSaysNothingGetsAPlainAnswer() {
        #expect(!AcceptEncoding.prefersGzip(RequestHead()))
    }

    private static let text = String(repeating: "a long text, ", count: 100)

    /// Answers with `text` as the path says.
    private static let routes = [
        answering("plain") { _ in }, answering("strong") { $0.headers = [HTTPHeader("ETag", "\"v3\"")] },
        answering("weak") { $0.headers = [HTTPHeader("etag", "W/\"v3\"")] },
        answering("short") { $0.body = Array(text.utf8.prefix(1023)) },
        answering("exact") { $0.body = Array(text.utf8.prefix(1024)) },
        answering("huge") { $0.body = [UInt8](repeating: 65, count: 256 * 1024 + 1) },
        answering("noise") { $0.body = Upload.noise(5000) }, answering("bytes") { $0.contentType = .bytes },
        answering("image") { $0.contentType = .other("image/png") },
        answering("feed") { $0.contentType = .other("application/feed+json; charset=utf-8") },
        answering("fixed") { $0.headers = [HTTPHeader("Cache-Control", "private, No-Transform")] },
        answering("coded") { $0.headers = [HTTPHeader("Content-Encoding", "br")] },
        answering("varied") { $0.headers = [HTTPHeader("Vary", "Origin, Accept-encoding")] },
        answering("part") { $0.status = HTTPStatus(206) }, answering("missing") { $0.status = .notFound },
        Route(.get, "/known/", name: "known") { _ in
            HTTPResponse(.notModified, headers: [HTTPHeader("ETag", "\"v3\"")])
        },
    ]

    private static func answering(_ name: String, _ change: @escaping @Sendable (inout HTTPResponse) -> Void) -> Route {
        Route(.get, "/\(name)/", name: name) { _ in
            var response = HTTPResponse.text(text)
            change(&response)
            return response
        }
    }

    @Test(
        "codes what is worth it",
        arguments: [
            ("plain", true), ("exact", true), ("feed", true), ("missing", true), ("varied", true), ("short", false),
            ("huge", false), ("noise", false), ("bytes", false), ("image", false), ("fixed", false), ("coded", false),
            ("part", false),
        ])
    func eligibility(name: String, isCoded: Bool) async throws {
        try await LiveServer.run(Self.routes) { live in
            let client = try await live.connect()
            let plain = try await client.ask(get("/\(name)/"))
            let accepting = "Accept-Encoding: gzip\r\n"
            let answer = try await client.ask(get("/\(name)/", accepting))
            #expect(plain.status == answer.status)
            if isCoded {
                #expect(answer.field("content-encoding") == "gzip")
                #expect(answer.octets.count < plain.octets.count)
                let decoded = GzipDecoderTests.Decoded(answer.octets)
                #expect(decoded.failure == nil && decoded.bytes == plain.octets)
                #expect(plain.field("content-encoding") == nil)
            } else {
                #expect(answer.octets == plain.octets)
                #expect(answer.field("content-encoding") == plain.field("content-encoding"))
            }
            // Caches are told wherever the answer may depend on it, also where this one did not.
            let mayVary = isCoded || ["huge", "noise"].contains(name)
            #expect(plain.count("vary") == (mayVary ? 1 : 0))
            #expect(answer.count("vary") == (mayVary ? 1 : 0))
            // HEAD has the fields of GET.
            let head = try await client.ask("HEAD /\(name)/ HTTP/1.1\r\nHost: a\r\n\(accepting)\r\n", isHead: true)
            for field in ["content-length", "content-encoding", "vary", "etag"] {
                #expect(head.field(field) == answer.field(field))
            }
        }
    }

    @Test func tagsTellTheCodingsApart() async throws {
        try await LiveServer.run(Self.routes) { live in
            let client = try await live.connect()
            let accepting = "Accept-Encoding: gzip\r\n"
            #expect(try await client.ask(get("/strong/")).field("etag") == "\"v3\"")
            #expect(try await client.ask(get("/strong/", accepting)).field("etag") == "\"v3-gzip\"")
            #expect(try await client.ask(get("/weak/", accepting)).field("etag") == "W/\"v3\"")
            // What is not modified is what the client has.
            for (named, tag) in [("\"v3-gzip\"", "\"v3-gzip\""), ("\"v3\"", "\"v3\""), ("\"x\", W/\"v3\"", "\"v3\"")] {
                let known = try await client.ask(get("/known/", accepting + "If-None-Match: \(named)\r\n"))
                #expect(known.status == 304)
                #expect(known.field("etag") == tag)
                #expect(known.field("vary") == "Accept-Encoding")
                #expect(known.field("content-encoding") == nil)
            }
        }
    }

    /// The encoder is used again and again by all connections of a loop.
    @Test func codesManyAnswersAlike() async throws {
        try await LiveServer.run(Self.routes) { live in
            let first = try await live.connect()
            let second = try await live.connect()
            let request = get("/plain/", "Accept-Encoding: gzip\r\n")
            let once = try await first.ask(request).octets
            for client in [first, second, first] {
                for _ in 0..<10 { #expect(try await client.ask(request).octets == once) }
            }
        }
    }
}

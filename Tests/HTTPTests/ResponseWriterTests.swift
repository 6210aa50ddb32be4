// SPDX-License-Identifier: Apache-2.0
import Logging
import Testing

@testable import HTTP

@Suite struct ResponseWriterTests {
    private let id = RequestID(milliseconds: 0, random: (0, 0))

    private func text(_ response: HTTPResponse, _ change: (inout ResponseWriter.Frame) -> Void = { _ in }) -> String {
        var configuration = HTTPServerConfiguration(logger: Logger(label: "test"))
        configuration.fixedHeaders = [HTTPHeader("X-Fixed", "1")]
        let writer = ResponseWriter(configuration)
        writer.setTime(milliseconds: 784_111_777_123)
        var frame = ResponseWriter.Frame(requestID: id, keepsAlive: true)
        change(&frame)
        var out = Array("before".utf8)
        writer.append(response, frame, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func writesAWholeAnswerBehindWhatIsThere() {
        let response = HTTPResponse(
            .created, contentType: .text, headers: [HTTPHeader("X-Own", "2")], body: [0x68, 0x69])
        #expect(
            text(response) == """
                beforeHTTP/1.1 201 Created\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                X-Fixed: 1\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: 2\r
                X-Own: 2\r
                Cache-Control: private, no-store\r
                X-Request-Id: 00000000000000000000000000\r
                \r
                hi
                """)
    }

    @Test("has no body and no length where the status forbids them", arguments: [204, 304])
    func withoutContent(status: Int) {
        let written = text(HTTPResponse(HTTPStatus(status), body: [1, 2, 3]))
        #expect(!written.contains("Content-Length"))
        #expect(!written.contains("Content-Type"))
        #expect(written.hasSuffix("\r\n\r\n"))
    }

    @Test func anAnswersOwnPolicyTakesThePlaceOfTheFixedOne() {
        var configuration = HTTPServerConfiguration(logger: Logger(label: "test"))
        configuration.fixedHeaders = [
            HTTPHeader("Content-Security-Policy", "default-src 'none'"), HTTPHeader("X-Fixed", "1"),
        ]
        let writer = ResponseWriter(configuration)
        writer.setTime(milliseconds: 784_111_777_123)
        func written(_ headers: [HTTPHeader]) -> String {
            var out: [UInt8] = []
            let response = HTTPResponse(.ok, contentType: .html, headers: headers, body: [])
            writer.append(response, ResponseWriter.Frame(requestID: id, keepsAlive: true), to: &out)
            return String(decoding: out, as: UTF8.self)
        }
        let own = written([HTTPHeader("content-security-policy", "default-src 'self'")])
        #expect(own.contains("content-security-policy: default-src 'self'\r\n"))
        #expect(!own.contains("'none'"))
        #expect(own.contains("X-Fixed: 1\r\n"))
        #expect(own.contains("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))
        #expect(written([]).contains("Content-Security-Policy: default-src 'none'\r\n"))
    }

    @Test func framesByVersionAndFate() {
        let closing = text(.text("x")) { $0.keepsAlive = false }
        #expect(closing.contains("\r\nConnection: close\r\n"))
        let old = text(.text("x")) { $0.saysKeepAlive = true }
        #expect(old.contains("\r\nConnection: keep-alive\r\n"))
        let head = text(.text("xyz")) { $0.isHead = true }
        #expect(head.contains("\r\nContent-Length: 3\r\n"))
        #expect(head.hasSuffix("\r\n\r\n"))
        let cached = text(HTTPResponse(.ok, headers: [HTTPHeader("cache-control", "max-age=5")]))
        #expect(cached.components(of: "ache-") == 1)
        #expect(text(HTTPResponse(HTTPStatus(299))).contains("HTTP/1.1 299 \r\n"))
    }

    @Test(
        "does not send a field that would become something else",
        arguments: [
            ("X", "a\r\nSet-Cookie: b"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\0"), ("X", "\u{1B}[0m"),
            ("X", "\u{7F}"),
            ("X y", "a"), ("X:", "a"), ("", "a"), ("Xé", "a"), ("X\r\nY", "a"), ("content-LENGTH", "1"),
            ("Transfer-Encoding", "chunked"), ("Connection", "close"), ("Date", "now"), ("Content-Type", "text/html"),
            ("X-Request-ID", "1"),
        ])
    func malformedFields(name: String, value: String) {
        #expect(!ResponseWriter.isSendable(HTTPResponse(.ok, headers: [HTTPHeader(name, value)])))
    }

    @Test func sendsWhatIsWellFormed() {
        #expect(ResponseWriter.isSendable(HTTPResponse(.ok, headers: [HTTPHeader("ETag", "\"é\t\"")])))
        #expect(ResponseWriter.isSendable(HTTPResponse(.ok, contentType: .other("image/png"))))
        #expect(!ResponseWriter.isSendable(HTTPResponse(.ok, contentType: .other("image/png\r\nX: y"))))
        #expect(!ResponseWriter.isSendable(HTTPResponse(HTTPStatus(100))))
    }

    @Test(
        "dates are IMF-fixdates",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(UInt64, String)])
    func dates(seconds: UInt64, expected: String) {
        var out: [UInt8] = []
        HTTPDate.append(seconds: seconds, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == expected)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

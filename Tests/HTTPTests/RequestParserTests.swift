// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct RequestParserTests {
    @Test("understands what is a request and refuses what is none", arguments: RequestSamples.all)
    func followsTheRules(sample: Sample) {
        let stream = ParsedStream(sample.octets, limits: sample.limits)
        switch sample.outcome {
        case .requests(let expected):
            #expect(stream.failure == nil)
            #expect(stream.requests == expected)
            #expect(stream.isIncomplete == (expected.last?.hasSuffix(">") != true))
        case .refused(let code): #expect(stream.kind == code, "\(stream)")
        }
    }

    @Test("gives the same result wherever the stream is cut", arguments: RequestSamples.all)
    func doesNotDependOnTheCuts(sample: Sample) {
        let whole = ParsedStream(sample.octets, limits: sample.limits)
        for cut in sample.octets.indices.dropFirst() {
            let inTwo = ParsedStream(sample.octets, cuts: [cut], limits: sample.limits)
            #expect(inTwo == whole, "cut at \(cut)")
        }
        let single = ParsedStream(sample.octets, cuts: sample.octets.indices.dropFirst(), limits: sample.limits)
        #expect(single == whole)
    }

    @Test(
        "reads the connection's fate from version and Connection",
        arguments: [
            ("HTTP/1.1", "X: y", "1.1 keeps"), ("HTTP/1.7", "X: y", "1.1 keeps"), ("HTTP/1.0", "X: y", "1.0 closes"),
            ("HTTP/1.1", "Connection: close", "1.1 closes"), ("HTTP/1.1", "connection: x, CLOSE ,y", "1.1 closes"),
            ("HTTP/1.1", "Connection: x\r\nConnection: close", "1.1 closes"),
            ("HTTP/1.1", "Connection: closed", "1.1 keeps"), ("HTTP/1.1", "Connection: keep-alive", "1.1 keeps"),
            ("HTTP/1.1", "Connection: keep-alive, close", "1.1 closes"),
            ("HTTP/1.0", "Connection: Keep-Alive", "1.0 keeps says-keep-alive"),
            ("HTTP/1.0", "Connection: keep-alive, close", "1.0 closes"),
            ("HTTP/1.1", "Connection: Content-Length, Host", "1.1 keeps"), ("HTTP/1.1", "Upgrade: h2c", "1.1 keeps"),
        ])
    func connectionFate(version: String, line: String, expected: String) {
        let stream = ParsedStream(Array("GET / \(version)\r\nHost: a\r\n\(line)\r\n\r\n".utf8))
        #expect(stream.facts == [expected])
    }

    @Test(
        "knows one expectation, and only where a body follows",
        arguments: [
            ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 1", "expects-100"),
            ("HTTP/1.1", "expect: 100-CONTINUE\r\nTransfer-Encoding: chunked", "expects-100"),
            ("HTTP/1.1", "Expect: 100-continue", ""), ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0", ""),
            ("HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 1", ""),
            ("HTTP/1.0", "Expect: miracles\r\nContent-Length: 1", ""),
            ("HTTP/1.1", "Expect: miracles\r\nContent-Length: 1", "expects-other"),
            ("HTTP/1.1", "Expect: 100-continue, x\r\nContent-Length: 1", "expects-other"),
            ("HTTP/1.1", "Expect: 100-continue\r\nExpect: x\r\nContent-Length: 1", "expects-other"),
            ("HTTP/1.1", "Expect:\r\nContent-Length: 1", "expects-other"),
        ])
    func expectations(version: String, lines: String, expected: String) {
        let stream = ParsedStream(Array("POST / \(version)\r\nHost: a\r\n\(lines)\r\n\r\n".utf8))
        let facts = stream.facts[0].split(separator: " ").filter { $0.hasPrefix("expects") }
        #expect(facts.joined() == expected)
    }

    @Test func keepsFieldsInOrderWithoutTheSpaceRoundThem() {
        let stream = ParsedStream(
            Array("GET / HTTP/1.1\r\nHost: a\r\nX:  1 \t\r\nx:2\r\nEmpty: \t \r\nIn: a \tb\r\n\r\n".utf8))
        #expect(stream.fields == [["Host=a", "X=1", "x=2", "Empty=", "In=a \tb"]])
    }

    @Test func servesTheDefaultLimits() {
        // RFC 9112 §3 asks for at least 8,000 octets of request line.
        let line = "GET /" + String(repeating: "a", count: 7_986) + " HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(ParsedStream(Array(line.utf8)).failure == nil)
        let field = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "b", count: 16_381) + "\r\n\r\n"
        #expect(ParsedStream(Array(field.utf8)).failure == nil)
        let tooLong = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "b", count: 16_382) + "\r\n\r\n"
        #expect(ParsedStream(Array(tooLong.utf8)).kind == "headers-too-large")
    }

    @Test func failuresAreFinal() {
        var parser = RequestParser(limits: ParserLimits())
        let bad = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for octets in [bad, good] {
            var consumed = 0
            let event = octets.withUnsafeBufferPointer { parser.next($0, &consumed) }
            guard case .failed = event else {
                Issue.record("read on after a framing error")
                continue
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// What a parser made of a stream of octets, in a form that does not depend on how the octets arrived.
struct ParsedStream: Equatable {
    /// One line per head, with the body behind it: `POST /a?b <body>`.
    var requests: [String] = []
    /// What the owner must know beside the line above.
    var facts: [String] = []
    /// The field lines of every head.
    var fields: [[String]] = []
    var failure: ParseFailure?
    /// The last request has begun and is not complete.
    var isIncomplete = false

    var kind: String? { failure?.kind.code }

    /// Feeds `octets` in pieces that end at `cuts`, refusing announced bodies above `bodyMax` as the server does.
    init(_ octets: [UInt8], cuts: some Sequence<Int> = [], limits: ParserLimits = ParserLimits(), bodyMax: Int = 1000) {
        var parser = RequestParser(limits: limits)
        var start = 0
        for end in Array(cuts) + [octets.count] {
            // A copy of its own: what the parser kept must not point into an earlier piece.
            let piece = Array(octets[start..<end])
            start = end
            piece.withUnsafeBufferPointer { feed($0, to: &parser, bodyMax) }
            if failure != nil { break }
        }
        isIncomplete = failure == nil && parser.isInsideRequest
    }

    mutating func feed(_ input: UnsafeBufferPointer<UInt8>, to parser: inout RequestParser, _ bodyMax: Int) {
        var consumed = 0
        while failure == nil {
            switch parser.next(input, &consumed) {
            case .needMore: return
            case .head:
                parser.bodyMax = bodyMax
                take(parser.takeHead(), bodyMax)
            case .body(let part): requests[requests.count - 1] += String(decoding: part, as: UTF8.self)
            case .end: requests[requests.count - 1] += ">"
            case .failed(let failure): self.failure = failure
            }
        }
    }

    private mutating func take(_ head: RequestHead, _ bodyMax: Int) {
        let path = head.withPath { String(decoding: $0, as: UTF8.self) }
        let query = head.queryRange.map { "?" + String(decoding: head.bytes[$0], as: UTF8.self) } ?? ""
        let target = head.isAsterisk ? "*" : path + query
        requests.append("\(head.method?.rawValue ?? "unknown") \(target) <")
        facts.append(
            "1.\(head.minorVersion)" + (head.keepsAlive ? " keeps" : " closes")
                + (head.saysKeepAlive ? " says-keep-alive" : "") + (head.expectsContinue ? " expects-100" : "")
                + (head.hasUnknownExpectation ? " expects-other" : ""))
        fields.append(
            head.fields.map { field in
                let name = Int(field.nameStart)..<Int(field.nameStart) + Int(field.nameLength)
                return String(decoding: head.bytes[name], as: UTF8.self) + "="
                    + String(decoding: head.bytes[field.value], as: UTF8.self)
            })
        if case .length(let count) = head.body, count > bodyMax {
            failure = ParseFailure(.payloadTooLarge, "announced")
        }
    }
}

/// One stream with what must become of it.
struct Sample: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// The lines of `ParsedStream.requests`.
        case requests([String])
        /// The code of the refusal, after so many complete heads.
        case refused(String)
    }

    let name: String
    let octets: [UInt8]
    let outcome: Outcome
    let limits: ParserLimits

    init(_ name: String, _ text: String, _ outcome: Outcome, limits: ParserLimits = ParserLimits()) {
        self.init(name, octets: Array(text.utf8), outcome, limits: limits)
    }

    init(_ name: String, octets: [UInt8], _ outcome: Outcome, limits: ParserLimits = ParserLimits()) {
        self.name = name
        self.octets = octets
        self.outcome = outcome
        self.limits = limits
    }

    var testDescription: String { name }

    /// A GET with this target and a Host.
    static func target(_ target: String, _ outcome: Outcome) -> Sample {
        Sample("target \(target)", "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", outcome)
    }

    /// A GET with this one field line beside Host.
    static func field(_ line: String, _ outcome: Outcome = .refused("malformed-request")) -> Sample {
        Sample("field \(line.debugDescription)", "GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n", outcome)
    }

    /// A POST with these field lines and what follows the head.
    static func post(_ name: String, _ lines: String, _ body: String = "", _ outcome: Outcome) -> Sample {
        Sample(name, "POST /p HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n\(body)", outcome)
    }

    /// A chunked POST with this body.
    static func chunked(
        _ name: String, _ body: String, _ outcome: Outcome, limits: ParserLimits = ParserLimits()
    ) -> Sample {
        Sample(
            "chunked, \(name)", "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", outcome,
            limits: limits)
    }
}

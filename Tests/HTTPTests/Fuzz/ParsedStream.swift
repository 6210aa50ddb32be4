// SPDX-License-Identifier: Apache-2.0
@testable import HTTP

/// What a parser made of a stream of octets, in a form that does not depend on how the octets arrived.
struct ParsedStream: Equatable {
    private struct Request: Equatable {
        var line: String
        var body: [UInt8] = []
        var isComplete = false
    }

    private var heads: [Request] = []
    /// What the owner must know beside the line above.
    var facts: [String] = []
    /// The field lines of every head.
    var fields: [[String]] = []
    var failure: ParseFailure?
    /// The last request has begun and is not complete.
    var isIncomplete = false

    var kind: String? { failure?.kind.code }

    /// One line per head, with the body behind it: `POST /a?b <body>`.
    var requests: [String] {
        heads.map { "\($0.line) <" + String(decoding: $0.body, as: UTF8.self) + ($0.isComplete ? ">" : "") }
    }

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
            case .body(let part): heads[heads.count - 1].body += part
            case .end: heads[heads.count - 1].isComplete = true
            case .failed(let failure): self.failure = failure
            }
        }
    }

    private mutating func take(_ head: RequestHead, _ bodyMax: Int) {
        let path = head.withPath { String(decoding: $0, as: UTF8.self) }
        let query = head.queryRange.map { "?" + String(decoding: head.bytes[$0], as: UTF8.self) } ?? ""
        let target = head.isAsterisk ? "*" : path + query
        heads.append(Request(line: "\(head.method?.rawValue ?? "unknown") \(target)"))
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

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

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

// SPDX-License-Identifier: Apache-2.0

/// How much of a request is read before it is refused. Every figure is a maximum in octets unless its name says count.
public struct ParserLimits: Sendable {
    /// The request line without CRLF; RFC 9112 asks for at least 8,000. Above: 414.
    public var requestLineMax = 8 * 1024
    /// One field line without CRLF. Above: 431.
    public var fieldLineMax = 16 * 1024
    /// The whole head with all line ends. Above: 431. Ranges inside a head are 16 bits wide: at most 65,535.
    public var headMax = 32 * 1024 {
        didSet { precondition(headMax <= Int(UInt16.max), "a head is indexed with 16 bits") }
    }
    /// Field lines in a head or a trailer section. Above: 431.
    public var fieldCountMax = 100
    /// Empty lines before a request line: some clients send one after a body.
    public var emptyLineCountMax = 4
    /// Hexadecimal digits of a chunk size, leading zeros included.
    public var chunkSizeDigitCountMax = 16
    /// The extensions of one chunk.
    public var chunkExtensionMax = 1024
    /// The extensions of one body together: an attacker must not feed a parser without ever sending data.
    public var chunkExtensionTotalMax = 16 * 1024
    /// The trailer section. Above: 431.
    public var trailerMax = 8 * 1024

    /// The default limits.
    public init() {}
}

/// Why a stream is no request of ours. The connection ends with the answer: what follows cannot be trusted.
struct ParseFailure: Error, Equatable {
    let kind: Problem.Kind
    let detail: String

    init(_ kind: Problem.Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    static func malformed(_ detail: String) -> ParseFailure { ParseFailure(.malformedRequest, detail) }

    var problem: Problem { Problem(kind, detail: detail, closesConnection: true) }

    /// The same of a body whose end is known: the connection may go on.
    var contentProblem: Problem { Problem(kind, detail: detail) }
}

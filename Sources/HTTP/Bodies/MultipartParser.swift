// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Takes a `multipart/form-data` body apart as its octets arrive (RFC 7578, RFC 2046 §5.1); the result is the same wherever
/// the stream is cut.
///
/// ```
/// (part → data* → partEnd)*
/// ```
/// Stricter than the RFC: no preamble but one empty line, no space behind a delimiter, nothing behind the last one but one
/// CRLF. A body without parts is an empty form.
struct MultipartParser {
    enum Event {
        case part(MultipartHead)
        /// Octets of the part, valid during the call.
        case data(UnsafeBufferPointer<UInt8>)
        case partEnd
    }

    private enum State: Equatable {
        /// Before the first delimiter, of which `matched` octets have come.
        case opening
        /// Behind a delimiter: CRLF and a part, or two hyphens and the end.
        case delimited, delimitedCR, closing
        case head, data
        case closed, closedCR, ended
    }

    private let limits: MultipartLimits
    private let delimiter: [UInt8]
    private var state = State.opening
    /// Octets of the delimiter that the last ones may be.
    private var matched = 0
    /// Where the attempt began: 2 at the start of a part's data, whose CRLF is that of the head.
    private var matchedFrom = 0
    private var head: [UInt8] = []
    private var partCount = 0
    private var isFile = false
    private var partSize = 0
    private var fieldsSize = 0

    init(boundary: MultipartBoundary, limits: MultipartLimits = MultipartLimits()) {
        delimiter = boundary.delimiter
        self.limits = limits
    }

    /// Reads on; `emit` is told in order what has come.
    mutating func feed(
        _ input: UnsafeBufferPointer<UInt8>, _ emit: (Event) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        var at = 0
        while at < input.count {
            if state == .data {
                try data(input, &at, emit)
            } else {
                try framing(input[at], emit)
                at += 1
            }
        }
    }

    /// To be called at the end of the body.
    func finish() throws(ParseFailure) {
        guard state == .closed || state == .ended else { throw .malformed("The multipart body is cut off.") }
    }

    private mutating func framing(
        _ octet: UInt8, _ emit: (Event) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        switch state {
        case .opening: try opening(octet)
        case .delimited where octet == UInt8(ascii: "-"): state = .closing
        case .delimited: try expect(octet, 0x0D, .delimitedCR)
        case .delimitedCR:
            try expect(octet, 0x0A, .head)
            partCount += 1
            guard partCount <= limits.partCountMax else {
                throw ParseFailure(.payloadTooLarge, "The body has more than \(limits.partCountMax) parts.")
            }
        case .closing: try expect(octet, UInt8(ascii: "-"), .closed)
        case .head: if try isHeadComplete(octet) { try beginPart(emit) }
        case .closed: try expect(octet, 0x0D, .closedCR)
        case .closedCR: try expect(octet, 0x0A, .ended)
        case .ended: throw .malformed("Octets follow the end of the multipart body.")
        case .data: break
        }
    }

    private mutating func expect(_ octet: UInt8, _ expected: UInt8, _ next: State) throws(ParseFailure) {
        guard octet == expected else { throw .malformed("The multipart framing is malformed.") }
        state = next
    }

    /// The delimiter without its CRLF, which may stand there.
    private mutating func opening(_ octet: UInt8) throws(ParseFailure) {
        if matched == 0, octet != 0x0D { matched = 2 }
        guard octet == delimiter[matched] else {
            throw .malformed("The multipart body does not begin with its boundary.")
        }
        matched += 1
        if matched == delimiter.count { endDelimiter() }
    }

    private mutating func endDelimiter() {
        matched = 0
        state = .delimited
    }

    // MARK: Heads

    /// Gathers octets up to the empty line.
    private mutating func isHeadComplete(_ octet: UInt8) throws(ParseFailure) -> Bool {
        guard head.count < limits.partHeadMax else {
            throw ParseFailure(.payloadTooLarge, "The head of a part is longer than \(limits.partHeadMax) octets.")
        }
        head.append(octet)
        guard octet == 0x0A else { return false }
        if head.count == 2 { return head[0] == 0x0D }
        return head.count >= 4 && head.suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A])
    }

    private mutating func beginPart(_ emit: (Event) throws(ParseFailure) -> Void) throws(ParseFailure) {
        let octets = head
        head = []
        let read = try MultipartHead(octets)
        isFile = read.fileName != nil
        partSize = 0
        (matched, matchedFrom) = (2, 2)
        state = .data
        try emit(.part(read))
    }

    // MARK: Data

    /// Octets up to the end of the input or of the next delimiter. CR stands in a delimiter at its start alone, so an attempt
    /// that fails was data, and only at the octet it failed at may the next one begin.
    private mutating func data(
        _ input: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ emit: (Event) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        if matched > 0 {
            while at < input.count, matched < delimiter.count, input[at] == delimiter[matched] {
                matched += 1
                at += 1
            }
            if matched == delimiter.count {
                // Readers disagree on whether such a part is empty or begins with two hyphens.
                guard matchedFrom == 0 else { throw .malformed("A part has no empty line behind its head.") }
                endDelimiter()
                return try emit(.partEnd)
            }
            if at == input.count { return }
            let failed = matchedFrom..<matched
            (matched, matchedFrom) = (0, 0)
            let held = delimiter
            try held.withUnsafeBufferPointer { (held) throws(ParseFailure) in
                if !failed.isEmpty { try give(UnsafeBufferPointer(rebasing: held[failed]), emit) }
            }
        }
        guard let base = input.baseAddress else { return }
        let start = at
        let found = memchr(base + start, 0x0D, input.count - start)
        at = found.map { base.distance(to: $0.assumingMemoryBound(to: UInt8.self)) } ?? input.count
        if at > start { try give(UnsafeBufferPointer(rebasing: input[start..<at]), emit) }
        if found != nil {
            matched = 1
            at += 1
        }
    }

    private mutating func give(
        _ octets: UnsafeBufferPointer<UInt8>, _ emit: (Event) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        partSize += octets.count
        if isFile {
            guard partSize <= limits.fileMax else {
                throw ParseFailure(.payloadTooLarge, "A file is longer than \(limits.fileMax) octets.")
            }
        } else {
            fieldsSize += octets.count
            guard partSize <= limits.fieldMax, fieldsSize <= limits.fieldsTotalMax else {
                throw ParseFailure(.payloadTooLarge, "The fields of the form are too long.")
            }
        }
        try emit(.data(octets))
    }
}

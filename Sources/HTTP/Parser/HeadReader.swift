// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads one request head line by line.
///
/// Decisions are made per complete line, or from the count of octets of an incomplete one, in the same order: that is
/// what makes the result independent of the cuts. A head that arrives whole is parsed in place and copied once.
struct HeadReader {
    private enum Section {
        case requestLine
        case fields
    }

    private enum Progress {
        case incomplete
        /// The octet after the head.
        case complete(Int)
    }

    private let limits: ParserLimits
    private var section = Section.requestLine
    private var buffered: [UInt8] = []
    private var lineStart = 0
    /// Octets already searched for a line end.
    private var searched = 0
    private var emptyLineCount = 0
    private var draft = HeadDraft()

    init(limits: ParserLimits) {
        self.limits = limits
    }

    /// Whether anything but empty lines has arrived.
    var hasBegun: Bool { buffered.count > lineStart || section == .fields }

    /// Moves the finished head out and makes ready for the next.
    mutating func take() -> RequestHead {
        let head = draft.head
        self = HeadReader(limits: limits)
        return head
    }

    /// Returns true when the head is complete.
    mutating func read(_ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int) throws(ParseFailure) -> Bool {
        let fresh = UnsafeBufferPointer(rebasing: input[consumed...])
        guard fresh.baseAddress != nil, fresh.count > 0 else { return false }
        if buffered.isEmpty {
            switch try scan(fresh) {
            case .complete(let end):
                draft.head.bytes = Array(fresh[..<end])
                consumed += end
                return true
            case .incomplete:
                buffered = Array(fresh)
                consumed += fresh.count
                return false
            }
        }
        // One octet above the limit is enough to refuse, so no more is kept.
        let room = min(fresh.count, limits.headMax + 1 - buffered.count)
        buffered.append(contentsOf: fresh[..<room])
        let bytes = buffered
        let progress = try bytes.withUnsafeBufferPointer { (bytes) throws(ParseFailure) in try scan(bytes) }
        guard case .complete(let end) = progress else {
            consumed += room
            return false
        }
        consumed += room - (bytes.count - end)
        draft.head.bytes = Array(bytes[..<end])
        return true
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) throws(ParseFailure) -> Progress {
        guard let base = bytes.baseAddress else { return .incomplete }
        while true {
            // The first octet tells a TLS hello and other protocols at once, before any line end.
            if section == .requestLine, lineStart < bytes.count {
                let first = base[lineStart]
                guard first.isToken || first == UInt8(ascii: "\r") else {
                    throw .malformed("The request line does not begin with a method.")
                }
            }
            let from = max(searched, lineStart)
            let found = from < bytes.count ? memchr(base + from, 0x0A, bytes.count - from) : nil
            let end = found.map { base.distance(to: $0.assumingMemoryBound(to: UInt8.self)) } ?? bytes.count
            try checkLength(end - lineStart, headCount: found == nil ? end : end + 1)
            guard found != nil else {
                searched = bytes.count
                return .incomplete
            }
            guard end > lineStart, base[end - 1] == 0x0D else {
                throw .malformed("A line does not end in CRLF.")
            }
            let start = lineStart
            lineStart = end + 1
            if try line(base, start, end - 1) { return .complete(end + 1) }
        }
    }

    /// - Parameter count: octets of the line so far, its CR included.
    private func checkLength(_ count: Int, headCount: Int) throws(ParseFailure) {
        let lineMax = section == .requestLine ? limits.requestLineMax : limits.fieldLineMax
        // Of two limits the one that octets arriving singly would have reached first counts.
        if headCount > limits.headMax, count <= lineMax + 1 || limits.headMax <= lineStart + lineMax {
            throw ParseFailure(.headersTooLarge, "The head is longer than \(limits.headMax) octets.")
        }
        guard count > lineMax + 1 else { return }
        switch section {
        case .requestLine: throw ParseFailure(.uriTooLong, "The request line is longer than \(lineMax) octets.")
        case .fields: throw ParseFailure(.headersTooLarge, "A header field line is longer than \(lineMax) octets.")
        }
    }

    /// One line without its CRLF; true after the empty line that ends the head.
    private mutating func line(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) throws(ParseFailure) -> Bool {
        switch section {
        case .requestLine:
            if start == end {
                emptyLineCount += 1
                guard emptyLineCount <= limits.emptyLineCountMax else {
                    throw .malformed("Too many empty lines before the request line.")
                }
                return false
            }
            try draft.requestLine(base, start, end)
            section = .fields
        case .fields:
            if start == end {
                try draft.finish(base)
                return true
            }
            guard draft.head.fields.count < limits.fieldCountMax else {
                throw ParseFailure(.headersTooLarge, "More than \(limits.fieldCountMax) header fields.")
            }
            try draft.field(base, start, end)
        }
        return false
    }
}

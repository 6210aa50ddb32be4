// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Turns a stream of octets into requests; the result is the same wherever the stream is cut.
///
/// A state machine without I/O: feed it what arrived, act on the event, feed it the rest. A failure is final.
/// ```
/// head → (body)* → end → head …
/// ```
/// - Limits: `ParserLimits`; the body limit is set by the owner after each head.
struct RequestParser {
    enum Event {
        /// All input is consumed; more is needed.
        case needMore
        /// `head` is complete. The owner takes it and sets `bodyMax` before going on.
        case head
        /// A part of the body, inside the input.
        case body(UnsafeBufferPointer<UInt8>)
        /// The request is complete.
        case end
        case failed(ParseFailure)
    }

    private enum State {
        case head
        case fixed(remaining: Int)
        case chunked
        case failed(ParseFailure)
    }

    private var state = State.head
    private var reader: HeadReader
    private var chunks: ChunkedDecoder
    private let limits: ParserLimits
    /// The head of the request being read, from the event `.head` until it is taken.
    private var head: RequestHead?
    /// The longest body accepted for the current request.
    var bodyMax = 0

    init(limits: ParserLimits) {
        self.limits = limits
        reader = HeadReader(limits: limits)
        chunks = ChunkedDecoder(limits: limits)
    }

    /// Whether octets of a request have arrived that is not complete.
    var isInsideRequest: Bool {
        if case .head = state { return reader.hasBegun }
        return true
    }

    /// Whether the parser waits for the rest of a head (or for a head to begin).
    var isInHead: Bool {
        if case .head = state { return true }
        return false
    }

    /// The head that the event `.head` announced; once.
    mutating func takeHead() -> RequestHead {
        guard let taken = head else { preconditionFailure("no head is complete") }
        head = nil
        return taken
    }

    /// Reads on at `input[consumed]` and moves `consumed` behind what was read.
    mutating func next(_ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int) -> Event {
        do throws(ParseFailure) {
            return try step(input, &consumed)
        } catch {
            state = .failed(error)
            return .failed(error)
        }
    }

    private mutating func step(
        _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int
    ) throws(ParseFailure) -> Event {
        switch state {
        case .head:
            guard try reader.read(input, &consumed) else { return .needMore }
            let complete = reader.take()
            head = complete
            enterBody(complete.body)
            return .head
        case .fixed(remaining: 0):
            state = .head
            return .end
        case .fixed(let remaining):
            let count = min(remaining, input.count - consumed)
            guard count > 0 else { return .needMore }
            let part = UnsafeBufferPointer(rebasing: input[consumed..<consumed + count])
            consumed += count
            state = .fixed(remaining: remaining - count)
            return .body(part)
        case .chunked:
            switch try chunks.next(input, &consumed, bodyMax: bodyMax) {
            case .needMore: return .needMore
            case .data(let part): return .body(part)
            case .end:
                state = .head
                return .end
            }
        case .failed(let failure): throw failure
        }
    }

    private mutating func enterBody(_ body: BodyFraming) {
        switch body {
        case .none: state = .fixed(remaining: 0)
        case .length(let count): state = .fixed(remaining: count)
        case .chunked:
            state = .chunked
            chunks = ChunkedDecoder(limits: limits)
        }
    }
}

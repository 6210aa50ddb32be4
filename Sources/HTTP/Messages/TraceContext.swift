// SPDX-License-Identifier: Apache-2.0

/// A request's place in a trace (W3C Trace Context): the trace that the caller began, or one that begins here.
///
/// A trace that begins here has the request's own id as its number, so that log lines of both kinds meet. What is
/// malformed or repeated is ignored as if nothing had been sent. `tracestate` is of no use here: nothing is sent on in the
/// caller's trace.
public struct TraceContext: Hashable, Sendable {
    /// The trace, 128 bits.
    let trace: (high: UInt64, low: UInt64)
    /// The caller's span; nil where the trace begins here.
    public let parent: UInt64?
    /// This request's own span.
    public let span: UInt64
    /// The caller's flags; bit 0: it records the trace.
    public let flags: UInt8

    /// Continues the caller's trace, or begins one.
    init(_ head: RequestHead, _ requestID: RequestID) {
        span = requestID.low == 0 ? 1 : requestID.low
        if let range = head.soleValue("traceparent"), let sent = Self.parse(head.bytes[range]) {
            trace = sent.trace
            parent = sent.parent
            flags = sent.flags
        } else {
            trace = (requestID.high, span)
            parent = nil
            flags = 0
        }
    }

    /// The trace as 32 hexadecimal digits, as logs have it.
    public var traceID: String { Self.hex(trace.high) + Self.hex(trace.low) }

    /// `traceparent` of a call made on behalf of this request.
    public var traceparent: String {
        "00-\(traceID)-\(Self.hex(span))-\(flags & 1 == 1 ? "01" : "00")"
    }

    public static func == (one: TraceContext, other: TraceContext) -> Bool {
        one.trace == other.trace && one.parent == other.parent && one.span == other.span && one.flags == other.flags
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(trace.high)
        hasher.combine(trace.low)
        hasher.combine(span)
    }

    /// Reads `version-trace-parent-flags`; a version above 00 may have more behind a further hyphen.
    private static func parse(
        _ value: ArraySlice<UInt8>
    ) -> (trace: (high: UInt64, low: UInt64), parent: UInt64, flags: UInt8)? {
        let value = Array(value)
        guard value.count >= 55, value[2] == hyphen, value[35] == hyphen, value[52] == hyphen,
            let version = number(value[0..<2]), version != 0xFF, let high = number(value[3..<19]),
            let low = number(value[19..<35]), let parent = number(value[36..<52]), let flags = number(value[53..<55]),
            version == 0 ? value.count == 55 : value.count == 55 || value[55] == hyphen,
            high | low != 0, parent != 0
        else { return nil }
        return ((high, low), parent, UInt8(truncatingIfNeeded: flags))
    }

    private static let hyphen = UInt8(ascii: "-")

    /// Lower-case digits only.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            guard let value = digit.hexValue, !(0x41...0x46).contains(digit) else { return nil }
            number = number << 4 | UInt64(value)
        }
        return number
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

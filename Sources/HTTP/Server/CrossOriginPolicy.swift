// SPDX-License-Identifier: Apache-2.0

/// Which pages of other origins may read answers (the CORS protocol of the Fetch standard).
///
/// Credentials in the browser's sense (cookies) are never allowed: callers send tokens in header fields.
/// - Isolation: immutable; shared by all loops.
public final class CrossOriginPolicy: Sendable {
    /// An origin as a browser sends it, with the lines of answers to it.
    private struct Entry: Sendable {
        let origin: [UInt8]
        let lines: [UInt8]
    }

    private let entries: [Entry]
    private let preflightHeaders: [HTTPHeader]

    /// - Parameters:
    ///   - origins: scheme, host and, where it is not the scheme's own, port, all in lower case: compared octet by octet.
    ///   - requestFields: what a page may send beside the fields that every page may.
    ///   - responseFields: what a page may read beside them.
    ///   - preflightMaxAge: seconds a browser may remember the answer of a preflight; browsers cut it to two hours at most.
    public init(origins: [String], requestFields: [String], responseFields: [String], preflightMaxAge: Int = 7200) {
        let exposed = responseFields.joined(separator: ", ")
        entries = origins.map { origin in
            let lines = [
                HTTPHeader("Access-Control-Allow-Origin", origin), HTTPHeader("Access-Control-Expose-Headers", exposed),
            ]
            precondition(lines.allSatisfy(\.isSendable), "an origin or field name is malformed")
            let text = lines.map { "\($0.name): \($0.value)\r\n" }.joined()
            return Entry(origin: Array(origin.utf8), lines: Array(text.utf8))
        }
        preflightHeaders = [
            HTTPHeader("Access-Control-Allow-Headers", requestFields.joined(separator: ", ")),
            HTTPHeader("Access-Control-Max-Age", "\(preflightMaxAge)"),
        ]
    }

    /// The lines of an answer to this request; nil when it comes from no page, or from one that may not read it.
    func lines(for head: RequestHead) -> [UInt8]? {
        guard let origin = head.soleValue("origin") else { return nil }
        return entries.first { $0.origin.elementsEqual(head.bytes[origin]) }?.lines
    }

    /// What an OPTIONS request is told that asks before another one.
    ///
    /// - Parameter methods: those of the path.
    func preflight(_ head: RequestHead, methods: String) -> [HTTPHeader] {
        guard head.soleValue("access-control-request-method") != nil, lines(for: head) != nil else { return [] }
        return [HTTPHeader("Access-Control-Allow-Methods", methods)] + preflightHeaders
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The value of If-Match and If-None-Match: `*`, or entity tags (RFC 9110 §8.8.3, §13.1).
struct EntityTagList: Equatable {
    struct Tag: Equatable {
        let isWeak: Bool
        /// Between the quotes.
        let opaque: [UInt8]
    }

    /// `*`
    private(set) var isAny = false
    private(set) var tags: [Tag] = []

    /// Reads the lines of a field; nil when one is malformed: it matches nothing then.
    init?(_ lines: [ArraySlice<UInt8>]) {
        if lines.count == 1, lines[0].elementsEqual("*".utf8) {
            isAny = true
            return
        }
        for line in lines {
            var rest = line
            while true {
                rest = rest.drop { FieldLine.isSpace($0) || $0 == UInt8(ascii: ",") }
                if rest.isEmpty { break }
                guard let tag = Self.tag(&rest) else { return nil }
                tags.append(tag)
                rest = rest.drop(while: FieldLine.isSpace)
                guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
            }
        }
        if tags.isEmpty { return nil }
    }

    /// The weak comparison, of If-None-Match.
    func matchesWeakly(_ opaque: [UInt8]) -> Bool { isAny || tags.contains { $0.opaque == opaque } }

    /// The strong comparison with a strong tag, of If-Match and If-Range.
    func matchesStrongly(_ opaque: [UInt8]) -> Bool { isAny || tags.contains { !$0.isWeak && $0.opaque == opaque } }

    private static func tag(_ rest: inout ArraySlice<UInt8>) -> Tag? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        let opaque = rest.dropFirst().prefix { $0 >= 0x21 && $0 != UInt8(ascii: "\"") && $0 != 0x7F }
        rest = rest[opaque.endIndex...]
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest = rest.dropFirst()
        return Tag(isWeak: isWeak, opaque: Array(opaque))
    }
}

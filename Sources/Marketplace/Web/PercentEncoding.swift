// SPDX-License-Identifier: Apache-2.0

import HTTP

/// Texts and query strings in one spelling.
public enum PercentEncoding {
    /// The pairs in order of their names' bytes, equal names in the order sent, re-encoded with upper-case escapes for all
    /// but unreserved characters.
    static func canonicalQuery(_ query: QueryItems) -> String {
        if query.pairs.isEmpty { return "" }
        let sorted = query.pairs.enumerated().sorted { left, right in
            left.element.name.utf8.elementsEqual(right.element.name.utf8)
                ? left.offset < right.offset
                : left.element.name.utf8.lexicographicallyPrecedes(right.element.name.utf8)
        }
        return sorted.map { encode($0.element.name) + "=" + encode($0.element.value) }.joined(separator: "&")
    }

    /// The text with upper-case escapes for all but unreserved characters (RFC 3986).
    public static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), upperHex(byte >> 4), upperHex(byte & 15)]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    private static func upperHex(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

// SPDX-License-Identifier: Apache-2.0

extension JSONParser {
    /// A string; `at` is its opening quotation mark.
    mutating func string(_ base: UnsafePointer<UInt8>) throws(JSONError) {
        at += 1
        let start = at
        var isEscaped = false
        while true {
            skipPlain(base)
            guard at < count else { throw fault(.truncated) }
            let octet = base[at]
            if octet == UInt8(ascii: "\"") { break }
            if octet == UInt8(ascii: "\\") {
                isEscaped = true
                try escape(base)
            } else if octet < 0x20 {
                throw fault(.malformedString)
            } else if octet < 0x80 {
                at += 1
            } else {
                guard let length = UTF8Check.sequenceLength(base + at, count - at) else { throw fault(.invalidUTF8) }
                at += length
            }
        }
        nodes.append(
            JSONNode(
                kind: .string, isEscaped: isEscaped, start: UInt32(start), end: UInt32(at),
                next: UInt32(nodes.count + 1)))
        at += 1
    }

    /// Skips ASCII that is neither a control, a quotation mark nor a reverse solidus, eight octets at a time.
    @inline(__always)
    private mutating func skipPlain(_ base: UnsafePointer<UInt8>) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while at + 8 <= count {
            let word = UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let solidus = word ^ (ones &* 0x5C)
            // A high bit in `stop` says that the word holds an octet to look at; false alarms only cost a slower step.
            let below = (word &- ones &* 0x20) | (quote &- ones) | (solidus &- ones) | word
            guard below & highs == 0 else { return }
            at += 8
        }
    }

    private mutating func escape(_ base: UnsafePointer<UInt8>) throws(JSONError) {
        guard at + 1 < count else { throw fault(.truncated) }
        switch base[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(base, at: at)
            switch unit {
            case 0xD800...0xDBFF:
                guard at + 7 < count, base[at + 6] == UInt8(ascii: "\\"), base[at + 7] == UInt8(ascii: "u") else {
                    throw fault(.loneSurrogate)
                }
                guard case 0xDC00...0xDFFF = try codeUnit(base, at: at + 6) else { throw fault(.loneSurrogate) }
                at += 12
            case 0xDC00...0xDFFF: throw fault(.loneSurrogate)
            default: at += 6
            }
        default: throw fault(.malformedString)
        }
    }

    /// The four hexadecimal digits of the escape that begins at `position`.
    private func codeUnit(_ base: UnsafePointer<UInt8>, at position: Int) throws(JSONError) -> UInt16 {
        guard position + 6 <= count else { throw fault(.truncated) }
        guard let unit = JSONText.hexUnit(base + position + 2) else { throw fault(.malformedString) }
        return unit
    }
}

/// Decoding of string octets that the parser has already checked.
enum JSONText {
    /// Four hexadecimal digits, or nil.
    static func hexUnit(_ digits: UnsafePointer<UInt8>) -> UInt16? {
        var unit: UInt16 = 0
        for index in 0..<4 {
            guard let digit = digits[index].hexValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// The octets of a checked string with its escapes resolved.
    static func unescaped(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        guard let base = text.baseAddress else { return out }
        out.reserveCapacity(text.count)
        var at = 0
        while at < text.count {
            guard base[at] == UInt8(ascii: "\\") else {
                out.append(base[at])
                at += 1
                continue
            }
            switch base[at + 1] {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                at += scalar(base + at, into: &out)
                continue
            case let plain: out.append(plain)
            }
            at += 2
        }
        return out
    }

    /// Appends the scalar of one `\u` escape, or of a surrogate pair; returns the octets read.
    private static func scalar(_ escape: UnsafePointer<UInt8>, into out: inout [UInt8]) -> Int {
        let unit = UInt32(hexUnit(escape + 2) ?? 0xFFFD)
        var value = unit
        var length = 6
        if case 0xD800...0xDBFF = unit {
            let low = UInt32(hexUnit(escape + 8) ?? 0xDC00)
            value = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            length = 12
        }
        let character = Unicode.Scalar(value) ?? "\u{FFFD}"
        out.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
        return length
    }
}

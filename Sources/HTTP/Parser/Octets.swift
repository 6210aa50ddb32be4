// SPDX-License-Identifier: Apache-2.0

/// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
    /// The length of the well-formed sequence at `octets`, or nil. `available` is at least 1.
    static func sequenceLength(_ octets: UnsafePointer<UInt8>, _ available: Int) -> Int? {
        let first = octets[0]
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return continues(octets, 1, available) ? 2 : nil
        case 0xE0...0xEF:
            guard continues(octets, 2, available) else { return nil }
            if first == 0xE0, octets[1] < 0xA0 { return nil }
            if first == 0xED, octets[1] > 0x9F { return nil }
            return 3
        case 0xF0...0xF4:
            guard continues(octets, 3, available) else { return nil }
            if first == 0xF0, octets[1] < 0x90 { return nil }
            if first == 0xF4, octets[1] > 0x8F { return nil }
            return 4
        default: return nil
        }
    }

    /// Whether the whole buffer is well-formed.
    static func isValid(_ buffer: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = buffer.baseAddress else { return true }
        var at = 0
        while at < buffer.count {
            guard let length = sequenceLength(base + at, buffer.count - at) else { return false }
            at += length
        }
        return true
    }

    private static func continues(_ octets: UnsafePointer<UInt8>, _ more: Int, _ available: Int) -> Bool {
        guard more < available else { return false }
        for index in 1...more where octets[index] & 0xC0 != 0x80 { return false }
        return true
    }
}

extension UInt8 {
    /// 0…15 for a hexadecimal digit of any case, nil otherwise.
    var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// 0…9 for a decimal digit, nil otherwise.
    var decimalValue: UInt8? {
        let value = self &- UInt8(ascii: "0")
        return value < 10 ? value : nil
    }

    /// Whether the octet may stand in a token (RFC 9110 §5.6.2): two masks, one bit per ASCII code.
    @inline(__always)
    var isToken: Bool {
        isIn(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// Whether the octet's bit is set: `low` has the codes 0…63, `high` 64…127; octets above are in no set.
    @inline(__always)
    func isIn(low: UInt64, high: UInt64) -> Bool {
        if self >= 128 { return false }
        return (self < 64 ? low : high) &>> UInt64(self & 63) & 1 == 1
    }

    /// ASCII letters in lower case, everything else unchanged.
    @inline(__always)
    var lowered: UInt8 {
        self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
    }

    /// Whether the octet is an ASCII letter or digit.
    var isAlphanumeric: Bool {
        (lowered &- UInt8(ascii: "a")) < 26 || (self &- UInt8(ascii: "0")) < 10
    }
}

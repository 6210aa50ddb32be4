// SPDX-License-Identifier: Apache-2.0

// The `put` functions write without looking: room for what they write was reserved before.
extension JSONWriter {
    /// Makes room for `octets` more.
    @inlinable
    @inline(__always)
    mutating func reserve(_ octets: Int) {
        if capacity &- written < octets { grow(octets) }
    }

    @usableFromInline
    @inline(never)
    mutating func grow(_ octets: Int) {
        let larger = max(capacity * 2, written + octets)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: base, count: written)
        base.deallocate()
        base = moved
        capacity = larger
    }

    @inlinable
    @inline(__always)
    mutating func put(_ octet: UInt8) {
        base[written] = octet
        written &+= 1
    }

    /// Puts a comma, or nothing.
    @inlinable
    @inline(__always)
    mutating func put(comma isNeeded: Bool) {
        base[written] = UInt8(ascii: ",")
        written &+= isNeeded ? 1 : 0
    }

    @inlinable
    @inline(__always)
    mutating func put(_ octets: UnsafeBufferPointer<UInt8>) {
        guard let start = octets.baseAddress else { return }
        (base + written).update(from: start, count: octets.count)
        written &+= octets.count
    }

    /// Puts the decimal digits of `value`, at most 20 octets.
    mutating func put(decimal value: Int64) {
        written &+= (base + written).write(decimal: value)
    }

    @inlinable
    mutating func open(_ bracket: UInt8) {
        reserve(2)
        put(comma: needsComma)
        put(bracket)
        needsComma = false
    }

    @inlinable
    mutating func close(_ bracket: UInt8) {
        reserve(1)
        put(bracket)
        needsComma = true
    }

    /// Writes the colon behind a member name that was written as a value.
    mutating func colon() {
        reserve(1)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes UTF-8 octets as a string: runs that need no escape are copied whole.
    mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        // Comma and quotation marks; escapes make room for themselves.
        reserve(text.count &+ 3)
        put(comma: needsComma)
        put(UInt8(ascii: "\""))
        var start = 0
        while true {
            let end = text.plainRun(from: start)
            put(UnsafeBufferPointer(rebasing: text[start..<end]))
            if end == text.count { break }
            // The longest escape, what is left of the text, the last quotation mark.
            reserve(6 &+ text.count &- end)
            put(escaped: text[end])
            start = end &+ 1
        }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func put(escaped octet: UInt8) {
        put(UInt8(ascii: "\\"))
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(octet)
        case 0x08: put(UInt8(ascii: "b"))
        case 0x09: put(UInt8(ascii: "t"))
        case 0x0A: put(UInt8(ascii: "n"))
        case 0x0C: put(UInt8(ascii: "f"))
        case 0x0D: put(UInt8(ascii: "r"))
        default:
            put(UInt8(ascii: "u"))
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0"))
            put(hexDigit(octet >> 4))
            put(hexDigit(octet & 15))
        }
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes the decimal digits of `value`, at most 20 octets; returns how many.
    func write(decimal value: Int64) -> Int {
        var rest = value.magnitude
        var end = value < 0 ? 2 : 1
        if value < 0 { self[0] = UInt8(ascii: "-") }
        var bound: UInt64 = 10
        // A 20th digit would be beyond Int64, and its bound beyond UInt64.
        while rest >= bound {
            end &+= 1
            if bound == 1_000_000_000_000_000_000 { break }
            bound &*= 10
        }
        var place = end
        repeat {
            place &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            self[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest != 0
        return end
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The place of the first octet at or behind `start` that a JSON string escapes, or the end.
    ///
    /// Eight octets at a time: in `word - ones × n` the top bit of an octet comes up where the octet was below `n`
    /// (octets of 0x80 and above are masked out; a borrow may only add a false alarm behind a true one).
    func plainRun(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var place = start
        while place &+ 8 <= count {
            let word = UnsafeRawPointer(baseAddress! + place).loadUnaligned(as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let found =
                ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
            if found & tops != 0 { break }
            place &+= 8
        }
        while place < count, !self[place].needsJSONEscape { place &+= 1 }
        return place
    }
}

/// The lower-case hexadecimal digit of `value`, 0…15.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

extension UInt8 {
    /// Whether RFC 8259 forbids the octet inside a string: quotation mark, reverse solidus, controls below space.
    var needsJSONEscape: Bool {
        self < 0x20 || self == 0x22 || self == 0x5C
    }
}

extension [UInt8] {
    /// Appends the decimal digits of `value`.
    mutating func append(decimal value: Int64) {
        // 19 digits and a sign are the longest Int64.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            let count = digits.baseAddress!.write(decimal: value)
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[..<count]))
        }
    }

    /// Appends the octets of a literal.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Appends the UTF-8 octets of a string.
    mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }
}

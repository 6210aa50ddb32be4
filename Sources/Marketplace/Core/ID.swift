// SPDX-License-Identifier: Apache-2.0

/// What a kind of object contributes to its ids: the prefix they are written with.
public protocol IDKind: Sendable {
    /// The lower-case prefix with its underscore, such as `"ord_"`.
    static var prefix: StaticString { get }
}

/// The id of one object of one kind, unique over all kinds, ordered by the time of its making and never reused.
///
/// **Shape**: a positive 63-bit number (see ``IDGenerator``), stored as `bigint`. In texts the kind's prefix and 13 digits of
/// Crockford's base 32 in lower case: `ord_01jd3k5v8x9ya`. The digits sort like the numbers.
/// There is exactly one spelling: other lengths, upper case and the letters `i l o u` are refused.
public struct ID<Kind: IDKind>: Hashable, Sendable {
    /// Characters of the text form.
    @inlinable public static var textLength: Int { Kind.prefix.utf8CodeUnitCount + IDDigits.count }

    /// Characters of the kind's prefix in the text form.
    public static var prefixLength: Int { Kind.prefix.utf8CodeUnitCount }

    /// The number, as stored.
    public let rawValue: Int64

    /// Wraps a stored number.
    @inlinable
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Reads the text form; nil for another prefix, length or spelling.
    @inlinable
    public init?(_ text: String) {
        self.init(utf8: text.utf8)
    }

    /// Reads the text form from its bytes; nil for another prefix, length or spelling.
    @inlinable
    public init?(utf8 bytes: some Collection<UInt8>) {
        let prefixCount = Kind.prefix.utf8CodeUnitCount
        guard bytes.count == prefixCount + IDDigits.count else { return nil }
        var digits = bytes.makeIterator()
        for position in 0..<prefixCount {
            guard digits.next() == Kind.prefix.utf8Start[position] else { return nil }
        }
        var value: UInt64 = 0
        for position in 0..<IDDigits.count {
            guard let character = digits.next(), let digit = IDDigits.value(of: character) else { return nil }
            // 13 digits hold 65 bits: the first one may only carry the three highest of 63.
            if position == 0, digit > 7 { return nil }
            value = value << 5 | UInt64(digit)
        }
        self.init(rawValue: Int64(value))
    }

    /// Appends the `textLength` characters of the text form.
    @inlinable
    public func write(to text: inout OutputSpan<UInt8>) {
        for position in 0..<Kind.prefix.utf8CodeUnitCount { text.append(Kind.prefix.utf8Start[position]) }
        writeDigits(to: &text)
    }

    /// Appends the 13 digits alone.
    @inlinable
    public func writeDigits(to text: inout OutputSpan<UInt8>) {
        // The sign bit is never set in an id of ours; masking keeps a foreign number from becoming a 14th digit.
        let value = UInt64(bitPattern: rawValue) & (1 << 63 - 1)
        var shift: UInt64 = 60
        for _ in 0..<IDDigits.count {
            text.append(IDDigits.character(of: UInt8(truncatingIfNeeded: value >> shift) & 31))
            shift = shift &- 5
        }
    }

    /// The time at which the id was made, exact to a millisecond (later if the generator ran ahead of its clock).
    public var createdAt: Timestamp {
        Timestamp(microseconds: ((rawValue >> IDLayout.timeShift) &+ IDLayout.epochMilliseconds) &* 1000)
    }
}

extension ID: CustomStringConvertible {
    /// The text form.
    public var description: String {
        String(countMax: Self.textLength) { write(to: &$0) }
    }
}

extension ID: Comparable {
    /// Orders ids by the time of their making.
    @inlinable
    public static func < (left: ID, right: ID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Crockford's base 32 in lower case.
@usableFromInline
enum IDDigits {
    /// The digits of an id.
    @usableFromInline static let count = 13

    /// 0…9, then the letters without `i l o u`.
    @usableFromInline
    static func character(of value: UInt8) -> UInt8 {
        alphabet.utf8Start[Int(value & 31)]
    }

    /// The value of a digit, or nil for any other character.
    @usableFromInline
    static func value(of character: UInt8) -> UInt8? {
        let value = values[Int(character)]
        return value == 0xFF ? nil : value
    }

    private static var alphabet: StaticString { "0123456789abcdefghjkmnpqrstvwxyz" }
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for value in 0..<alphabet.utf8CodeUnitCount { table[Int(alphabet.utf8Start[value])] = UInt8(value) }
        return table
    }()
}

// SPDX-License-Identifier: Apache-2.0

extension Timestamp: CustomStringConvertible {
    /// The moment in UTC with milliseconds, rounded down: `2026-11-23T20:18:43.120Z`.
    public var description: String {
        String(countMax: Self.textLength) { write(to: &$0) }
    }

    /// Characters of the RFC 3339 form.
    public static let textLength = 24

    /// Appends the `textLength` characters of the RFC 3339 form.
    ///
    /// Years outside 0000…9999, which the form cannot hold, are written as the nearest moment inside.
    public func write(to text: inout OutputSpan<UInt8>) {
        let milliseconds = min(max(self.milliseconds, Self.firstMillisecond), Self.lastMillisecond)
        let days = milliseconds.dividedDown(by: 86_400_000)
        let rest = milliseconds - days * 86_400_000
        let date = CivilDate(daysSince1970: days)
        text.appendDigits(date.year, 4)
        text.append(UInt8(ascii: "-"))
        text.appendDigits(date.month, 2)
        text.append(UInt8(ascii: "-"))
        text.appendDigits(date.day, 2)
        text.append(UInt8(ascii: "T"))
        text.appendDigits(rest / 3_600_000, 2)
        text.append(UInt8(ascii: ":"))
        text.appendDigits(rest / 60_000 % 60, 2)
        text.append(UInt8(ascii: ":"))
        text.appendDigits(rest / 1000 % 60, 2)
        text.append(UInt8(ascii: "."))
        text.appendDigits(rest % 1000, 3)
        text.append(UInt8(ascii: "Z"))
    }

    private static let firstMillisecond: Int64 = -62_167_219_200_000
    private static let lastMillisecond: Int64 = 253_402_300_799_999

    /// Reads RFC 3339: a date, `T`, a time with up to nine decimals and `Z` or an offset. Nil for anything else.
    ///
    /// Decimals beyond microseconds are cut off. A leap second (`:60`) is refused, as there is no such microsecond.
    public init?(rfc3339 text: String) {
        var scanner = DigitScanner(Array(text.utf8))
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), let date = CivilDate(year: year, month: month, day: day),
            scanner.skip("T") || scanner.skip("t"),
            let hour = scanner.number(2), hour < 24, scanner.skip(":"), let minute = scanner.number(2), minute < 60,
            scanner.skip(":"), let second = scanner.number(2), second < 60,
            let fraction = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }
}

/// Reads fixed-width numbers from ASCII, as date formats have them.
private struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private var digit: Int64? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        return Int64(bytes[position] - UInt8(ascii: "0"))
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit else { return nil }
            value = value * 10 + digit
            position += 1
        }
        return value
    }

    /// Microseconds; 0 when there is no fraction, nil when it is empty or longer than nine digits.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let digit {
            if count < 6 { value = value * 10 + digit }
            count += 1
            position += 1
        }
        guard (1...9).contains(count) else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64 = if skip("+") { 1 } else if skip("-") { -1 } else { 0 }
        guard sign != 0, let hours = number(2), hours < 24, skip(":"), let minutes = number(2), minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}

extension OutputSpan<UInt8> {
    /// Appends a non-negative number with leading zeros.
    fileprivate mutating func appendDigits(_ number: Int64, _ width: Int) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What a Range field asks of a representation (RFC 9110 §14.2). One range is served; several, other units and what is
/// malformed are overlooked, as if there were no field.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// - Parameter size: octets of the representation.
    init(_ field: ArraySlice<UInt8>, size: Int) {
        self = .whole
        let unit = Array("bytes=".utf8)
        guard field.count > unit.count, field.prefix(unit.count).map(\.lowered) == unit else { return }
        let text = field.dropFirst(unit.count)
        guard let hyphen = text.firstIndex(of: UInt8(ascii: "-")) else { return }
        let (before, after) = (text[..<hyphen], text[(hyphen + 1)...])
        if before.isEmpty {
            guard let count = Self.number(after), size > 0 else { return }
            self = count == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
            return
        }
        guard let first = Self.number(before) else { return }
        var last = Int.max
        if !after.isEmpty {
            guard let read = Self.number(after), read >= first else { return }
            last = read
        }
        self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    }

    /// 1*DIGIT; what does not fit is beyond every file.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for octet in digits {
            guard let digit = octet.decimalValue else { return nil }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = tens.addingReportingOverflow(Int(digit))
            number = overflow || sumOverflow ? Int.max : sum
            if number == Int.max { number = Int.max / 10 }
        }
        return number
    }
}

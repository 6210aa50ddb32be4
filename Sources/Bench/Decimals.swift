// SPDX-License-Identifier: Apache-2.0

/// Numbers with a few decimals, for people and for JSON.
enum Decimals {
    /// Rounded to `digits` decimals (0…6), without zeros at the end: `12`, `0.25`.
    static func text(_ value: Double, digits: Int = 3) -> String {
        var text = fixed(value, digits: digits)
        guard digits > 0 else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// Rounded to exactly `digits` decimals: `12.000`. What does not fit in 63 bits with its decimals is written as 0.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        guard let scaled = Int(exactly: (value * Double(scale)).rounded()) else { return "0" }
        let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt(scale))
        let sign = scaled < 0 ? "-" : ""
        guard digits > 0 else { return sign + String(whole) }
        let decimals = String(rest)
        return "\(sign)\(whole).\(String(repeating: "0", count: digits - decimals.count))\(decimals)"
    }
}

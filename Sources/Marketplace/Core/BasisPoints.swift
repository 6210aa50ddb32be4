// SPDX-License-Identifier: Apache-2.0

/// A rate in hundredths of a percent: 1800 is 18 %.
public struct BasisPoints: Hashable, Sendable {
    /// Hundredths of a percent, 0…1,000,000.
    public let rawValue: Int32

    /// Makes a rate; nil outside 0…1,000,000 (10,000 %).
    public init?(_ rawValue: Int32) {
        guard (0...1_000_000).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(unchecked rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// No percent.
    public static let zero = BasisPoints(unchecked: 0)

    /// This rate of `amount`, rounded half away from zero.
    ///
    /// - Throws: `.overflow` when the result does not fit, which only rates above 100 % can cause.
    public func of(_ amount: Int64) throws(MoneyError) -> Int64 {
        let product = Int128(amount) * Int128(rawValue)
        guard let value = Int64(exactly: Rounding.halfAwayFromZero(product, 10_000)) else { throw .overflow }
        return value
    }
}

/// The house's one way to round money.
enum Rounding {
    /// `numerator / denominator` rounded to the nearest whole number, halves away from zero. The denominator is positive.
    static func halfAwayFromZero(_ numerator: Int128, _ denominator: Int128) -> Int128 {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        guard abs(remainder) * 2 >= denominator else { return quotient }
        return numerator < 0 ? quotient - 1 : quotient + 1
    }
}

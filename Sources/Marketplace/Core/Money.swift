// SPDX-License-Identifier: Apache-2.0

/// An ISO 4217 currency.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    private let letters: (UInt8, UInt8, UInt8)

    /// Reads three upper-case letters; nil for anything else.
    public init?(_ code: String) {
        var bytes = code.utf8.makeIterator()
        guard let first = bytes.next(), let second = bytes.next(), let third = bytes.next(), bytes.next() == nil,
            Self.isLetter(first), Self.isLetter(second), Self.isLetter(third)
        else { return nil }
        letters = (first, second, third)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private init(letters: (UInt8, UInt8, UInt8)) {
        self.letters = letters
    }

    /// The Indian rupee, in paise.
    public static let inr = Currency(letters: (UInt8(ascii: "I"), UInt8(ascii: "N"), UInt8(ascii: "R")))

    /// The three letters.
    public var description: String {
        String(decoding: [letters.0, letters.1, letters.2], as: UTF8.self)
    }

    /// Letters of a code.
    public static let letterCount = 3

    /// Appends the three letters.
    public func write(to text: inout OutputSpan<UInt8>) {
        text.append(letters.0)
        text.append(letters.1)
        text.append(letters.2)
    }

    public static func == (left: Currency, right: Currency) -> Bool {
        left.letters == right.letters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(letters.0)
        hasher.combine(letters.1)
        hasher.combine(letters.2)
    }
}

/// Why an amount could not be computed.
public enum MoneyError: Error, Hashable, Sendable {
    /// The result does not fit in 64 bits.
    case overflow
    /// The operands are in different currencies.
    case currencyMismatch
    /// An amount other than zero was to be divided over parts that all weigh nothing, or a weight was negative.
    case noWeights
}

/// An amount of money: whole minor units (paise) of one currency, never a fraction.
///
/// Arithmetic reports overflow instead of trapping, because amounts come from outside.
public struct Money: Hashable, Sendable, CustomStringConvertible {
    /// Minor units; negative for what is owed the other way.
    public let minor: Int64
    /// The currency.
    public let currency: Currency

    /// Makes an amount of minor units.
    public init(minor: Int64, currency: Currency) {
        self.minor = minor
        self.currency = currency
    }

    /// Nothing, in `currency`.
    public static func zero(_ currency: Currency) -> Money {
        Money(minor: 0, currency: currency)
    }

    /// The sum with `other`.
    public func adding(_ other: Money) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currencyMismatch }
        let (value, overflow) = minor.addingReportingOverflow(other.minor)
        guard !overflow else { throw .overflow }
        return Money(minor: value, currency: currency)
    }

    /// The difference to `other`.
    public func subtracting(_ other: Money) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currencyMismatch }
        let (value, overflow) = minor.subtractingReportingOverflow(other.minor)
        guard !overflow else { throw .overflow }
        return Money(minor: value, currency: currency)
    }

    /// `count` times the amount.
    public func multiplied(by count: Int64) throws(MoneyError) -> Money {
        let (value, overflow) = minor.multipliedReportingOverflow(by: count)
        guard !overflow else { throw .overflow }
        return Money(minor: value, currency: currency)
    }

    /// The price of `quantity` pieces at this price each.
    public func multiplied(by quantity: Quantity) throws(MoneyError) -> Money {
        try multiplied(by: Int64(quantity.rawValue))
    }

    /// The sum of `amounts`, which is zero in `currency` when there are none.
    public static func sum(_ amounts: some Sequence<Money>, currency: Currency) throws(MoneyError) -> Money {
        var total = Money.zero(currency)
        for amount in amounts { total = try total.adding(amount) }
        return total
    }

    /// Divides the amount over parts in proportion to `weights`, to the last minor unit.
    ///
    /// See ``LargestRemainder``.
    public func split(weights: [Int64]) throws(MoneyError) -> [Money] {
        let parts = try LargestRemainder.split(minor, weights: weights)
        return parts.map { Money(minor: $0, currency: currency) }
    }

    /// For logs: minor units and currency, such as `129900 INR`.
    public var description: String { "\(minor) \(currency)" }
}

// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore

extension Money: JSONWritable {
    /// Writes `{"amount":129900,"currency":"INR"}`.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("amount", minor)
            json.key("currency")
            json.plainString(countMax: Currency.letterCount) { currency.write(to: &$0) }
        }
    }
}

extension Problem.Value {
    /// Money in a problem document, as everywhere else.
    public static func money(_ money: Money) -> Problem.Value {
        var json = JSONWriter(capacity: 48)
        money.write(to: &json)
        return .raw(json.bytes)
    }
}

extension Timestamp: JSONWritable {
    /// Writes the RFC 3339 form with milliseconds in UTC.
    public func write(to json: inout JSONWriter) {
        json.plainString(countMax: Self.textLength) { write(to: &$0) }
    }
}

extension ID: JSONWritable {
    /// Writes the prefixed text.
    @inlinable
    public func write(to json: inout JSONWriter) {
        json.plainString(countMax: Self.textLength) { write(to: &$0) }
    }
}

extension Quantity: JSONWritable {
    /// Writes the number.
    public func write(to json: inout JSONWriter) {
        json.value(Int64(rawValue))
    }
}

extension BasisPoints: JSONWritable {
    /// Writes hundredths of a percent.
    public func write(to json: inout JSONWriter) {
        json.value(Int64(rawValue))
    }
}

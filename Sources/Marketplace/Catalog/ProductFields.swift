// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// How the fields of products are read.
enum ProductFields {
    /// A text without the white space around it; nil when it is too short or long, or holds a control character.
    static func line(_ text: String, _ length: ClosedRange<Int>) -> String? {
        trimmed(text, length) { $0.value < 0x20 || $0.value == 0x7F }
    }

    /// The same for text of several lines.
    static func paragraphs(_ text: String, _ length: ClosedRange<Int>) -> String? {
        trimmed(text, length) { $0.value == 0x7F || $0.value < 0x20 && $0 != "\n" && $0 != "\r" && $0 != "\t" }
    }

    private static func trimmed(
        _ text: String, _ length: ClosedRange<Int>, _ isRefused: (Unicode.Scalar) -> Bool
    ) -> String? {
        var rest = text[...].drop { $0.isWhitespace }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        guard length.contains(rest.unicodeScalars.count), !rest.unicodeScalars.contains(where: isRefused) else {
            return nil
        }
        return String(rest)
    }

    /// A code of the harmonised system: 4, 6 or 8 digits.
    static func hsnCode(_ text: String) -> String? {
        [4, 6, 8].contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil
    }

    /// An object of texts, such as the options of a variant; nil for anything else.
    static func texts(_ value: JSONValue, names: ClosedRange<Int>, values: ClosedRange<Int>) -> [String: String]? {
        guard let members = value.members else { return nil }
        var texts: [String: String] = [:]
        for member in members {
            guard let name = line(member.name, names), let text = member.value.string.flatMap({ line($0, values) })
            else { return nil }
            texts[name] = text
        }
        return texts.count == members.count ? texts : nil
    }

    /// Attributes as they are kept, each of its own type: texts, numbers and booleans; nil for anything else.
    ///
    /// - Returns: canonical JSON, as the column gives it back.
    static func attributes(_ value: JSONValue) -> [UInt8]? {
        guard let members = value.members, members.count <= ProductLimits.attributesMax else { return nil }
        var values: [String: [UInt8]] = [:]
        for member in members {
            guard let name = line(member.name, ProductLimits.attributeLength), let value = attribute(member.value)
            else { return nil }
            values[name] = value
        }
        guard values.count == members.count else { return nil }
        var json = JSONWriter()
        json.object { json in
            for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                json.key(dynamic: name)
                json.raw(value)
            }
        }
        return json.bytes
    }

    private static func attribute(_ value: JSONValue) -> [UInt8]? {
        if let text = value.string {
            guard let text = line(text, ProductLimits.attributeLength) else { return nil }
            var json = JSONWriter()
            json.value(text)
            return json.bytes
        }
        if let flag = value.bool { return Array((flag ? "true" : "false").utf8) }
        // As PostgreSQL writes it, so that filters find it by the text that was sent; it knows no negative zero.
        guard let text = value.numberText, text.utf8.count <= ProductLimits.attributeNumberLength,
            FilterSQL.isBare(text), let number = Double(text), !(number == 0 && text.hasPrefix("-")),
            ProductLimits.attributeNumber.contains(number)
        else { return nil }
        return Array(text.utf8)
    }

    /// The canonical JSON object of texts.
    static func json(_ texts: [String: String]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                json.key(dynamic: name)
                json.value(text)
            }
        }
        return json.bytes
    }
}

/// A member that can be left alone, set or cleared with `null`.
enum Clearable<Value: Sendable & Equatable>: Sendable, Equatable {
    case unchanged
    case set(Value?)

    /// The value after the change.
    func applied(to value: Value?) -> Value? {
        switch self {
        case .unchanged: value
        case .set(let new): new
        }
    }
}

extension JSONInput {
    /// A line of text, required where `isRequired`.
    mutating func line(_ name: StaticString, _ length: ClosedRange<Int>, isRequired: Bool) -> String? {
        if isRequired {
            return parsed(name, length: 0...max(1_000, length.upperBound), placeholder: "") {
                ProductFields.line($0, length)
            }
        }
        return optionalParsed(name, length: 0...max(1_000, length.upperBound)) { ProductFields.line($0, length) }
    }

    /// A line of text that `null` clears.
    mutating func clearableLine(_ name: StaticString, _ length: ClosedRange<Int>) -> Clearable<String> {
        guard contains(name) else { return .unchanged }
        return .set(line(name, length, isRequired: false))
    }

    /// An integer that must be there when `isRequired`.
    mutating func int(_ name: StaticString, in range: ClosedRange<Int>, isRequired: Bool) -> Int? {
        isRequired ? int(name, in: range) : optionalInt(name, in: range)
    }

    /// An amount of this store's currency.
    mutating func price(_ name: StaticString, isRequired: Bool) -> Int64? {
        let read: (inout JSONInput) -> Int64 = { money in
            let amount = money.int("amount", in: ProductLimits.price)
            let currency = money.string("currency", length: 1...8)
            if !currency.isEmpty, !(Currency(currency).map(ProductLimits.currencies.contains) ?? false) {
                money.fail("currency", code: "not-sold-in", message: "this store sells in INR")
            }
            return Int64(amount)
        }
        return isRequired ? object(name, read) : optionalObject(name, read)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// How much of a form is read. Above: 413.
public struct FormLimits: Sendable {
    /// Pairs. 1,000 is what a long order of a browser's form takes ten times over.
    public var countMax = 1000
    /// Decoded octets of one name.
    public var nameMax = 256
    /// Decoded octets of one value.
    public var valueMax = 64 * 1024

    /// The default limits.
    public init() {}
}

/// Decodes `application/x-www-form-urlencoded` piece by piece into pairs in sent order; the result is the same wherever
/// the stream is cut.
///
/// Strict: `+` is a space, `%xx` an octet, a pair without `=` has an empty value, empty pairs are skipped. Raw octets other
/// than visible ASCII are refused, as no encoder sends them, and so are broken escapes, U+0000 and what is no UTF-8.
struct FormDecoder {
    private enum Escape {
        case none, first
        case second(UInt8)
    }

    private let limits: FormLimits
    private(set) var pairs: [QueryItems.Pair] = []
    private var name: [UInt8]?
    private var text: [UInt8] = []
    private var escape = Escape.none

    init(limits: FormLimits = FormLimits()) { self.limits = limits }

    /// Decodes a whole form.
    static func decode(_ body: [UInt8], limits: FormLimits = FormLimits()) throws(ParseFailure) -> QueryItems {
        var decoder = FormDecoder(limits: limits)
        try body.withUnsafeBufferPointer { (body) throws(ParseFailure) in try decoder.feed(body) }
        try decoder.finish()
        return QueryItems(pairs: decoder.pairs)
    }

    /// Reads on.
    mutating func feed(_ input: UnsafeBufferPointer<UInt8>) throws(ParseFailure) {
        for octet in input { try take(octet) }
    }

    /// To be called at the end of the form.
    mutating func finish() throws(ParseFailure) {
        try endPair()
    }

    private mutating func take(_ octet: UInt8) throws(ParseFailure) {
        switch escape {
        case .none: break
        case .first:
            guard let high = octet.hexValue else { throw Self.brokenEscape }
            escape = .second(high)
            return
        case .second(let high):
            guard let low = octet.hexValue else { throw Self.brokenEscape }
            escape = .none
            return try append(high << 4 | low)
        }
        switch octet {
        case UInt8(ascii: "%"): escape = .first
        case UInt8(ascii: "+"): try append(UInt8(ascii: " "))
        case UInt8(ascii: "&"): try endPair()
        case UInt8(ascii: "=") where name == nil:
            name = text
            text = []
        case 0x21...0x7E: try append(octet)
        default: throw .malformed("The form contains an octet that must be percent-encoded.")
        }
    }

    private mutating func append(_ octet: UInt8) throws(ParseFailure) {
        guard octet != 0 else { throw .malformed("The form contains U+0000.") }
        let countMax = name == nil ? limits.nameMax : limits.valueMax
        guard text.count < countMax else {
            let part = name == nil ? "name" : "value"
            throw ParseFailure(.payloadTooLarge, "A \(part) of the form is longer than \(countMax) octets.")
        }
        text.append(octet)
    }

    private mutating func endPair() throws(ParseFailure) {
        guard case .none = escape else { throw Self.brokenEscape }
        let name = name ?? text
        let value = self.name == nil ? [] : text
        let isEmpty = self.name == nil && text.isEmpty
        self.name = nil
        text.removeAll(keepingCapacity: true)
        if isEmpty { return }
        guard pairs.count < limits.countMax else {
            throw ParseFailure(.payloadTooLarge, "The form has more than \(limits.countMax) pairs.")
        }
        guard name.withUnsafeBufferPointer(UTF8Check.isValid), value.withUnsafeBufferPointer(UTF8Check.isValid) else {
            throw .malformed("The form is not UTF-8 text.")
        }
        pairs.append(
            QueryItems.Pair(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
    }

    private static var brokenEscape: ParseFailure { .malformed("The form contains a malformed percent escape.") }
}

// SPDX-License-Identifier: Apache-2.0

/// Decoded name and value pairs of a query, or of a body in `application/x-www-form-urlencoded`, in sent order.
///
/// ```swift
/// let id = request.query["id"]                    // first value, or nil
/// for status in request.query.values("status") { … }
/// ```
public struct QueryItems: Sendable, Equatable {
    /// More pairs than this are refused.
    public static let countMax = 100

    /// The pairs in sent order.
    public let pairs: [Pair]

    /// One name with its value.
    public struct Pair: Sendable, Equatable {
        /// The decoded name.
        public let name: String
        /// The decoded value; empty when there was no `=`.
        public let value: String
    }

    /// No pairs.
    public init() { pairs = [] }

    init(pairs: [Pair]) { self.pairs = pairs }

    /// The value of the first pair with this name.
    public subscript(name: String) -> String? {
        pairs.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The values of all pairs with this name.
    public func values(_ name: String) -> [String] {
        pairs.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
    }

    /// Whether there is none.
    public var isEmpty: Bool { pairs.isEmpty }

    /// Decodes `name=value&…`: `+` is a space, `%xx` an octet, empty pairs are skipped.
    /// - Throws: `Problem` 400 `malformed-request` for a broken escape, U+0000, invalid UTF-8 or too many pairs.
    public init(decoding text: some Collection<UInt8>) throws {
        var pairs: [Pair] = []
        for part in text.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < Self.countMax else {
                throw Problem(.malformedRequest, detail: "More than \(Self.countMax) parameters.")
            }
            if let mark = part.firstIndex(of: UInt8(ascii: "=")) {
                let value = part[part.index(after: mark)...]
                pairs.append(Pair(name: try Self.decoded(part[..<mark]), value: try Self.decoded(value)))
            } else {
                pairs.append(Pair(name: try Self.decoded(part), value: ""))
            }
        }
        self.pairs = pairs
    }

    /// Decodes a body in `application/x-www-form-urlencoded`.
    /// - Throws: `Problem` 400 `malformed-request` for a broken form, 413 for a too large one.
    public init(form body: [UInt8], limits: FormLimits = FormLimits()) throws {
        do throws(ParseFailure) {
            self = try FormDecoder.decode(body, limits: limits)
        } catch {
            throw error.contentProblem
        }
    }

    private static func decoded(_ text: some Collection<UInt8>) throws -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var octets = text.makeIterator()
        while let octet = octets.next() {
            switch octet {
            case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = octets.next()?.hexValue, let low = octets.next()?.hexValue else {
                    throw Problem(.malformedRequest, detail: "A parameter contains a malformed percent escape.")
                }
                out.append(high << 4 | low)
            default: out.append(octet)
            }
        }
        guard !out.contains(0), out.withUnsafeBufferPointer(UTF8Check.isValid) else {
            throw Problem(.malformedRequest, detail: "A parameter is not UTF-8 text.")
        }
        return String(decoding: out, as: UTF8.self)
    }
}

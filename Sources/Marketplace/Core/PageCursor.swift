// SPDX-License-Identifier: Apache-2.0

/// A position in a list: the sort keys of the last item seen, most significant first, the id last.
public struct PageCursor: Hashable, Sendable {
    /// One sort key.
    public enum Key: Hashable, Sendable {
        /// A number, a time or an id.
        case number(Int64)
        /// A text.
        case text(String)
    }

    /// The most keys a list is sorted by.
    public static let keyCountMax = 4
    /// The most bytes of a text key: the longest names that lists are sorted by are shorter.
    public static let textByteCountMax = 512

    /// The sort keys.
    public let keys: [Key]

    /// Makes a position.
    public init(_ keys: [Key]) {
        self.keys = keys
    }

    /// The position as bytes: the number of keys, then each as a tag with eight bytes or a length and text.
    ///
    /// They are readable by anyone: whoever sends them out signs them.
    public var payload: [UInt8] {
        var bytes = [UInt8(truncatingIfNeeded: keys.count)]
        for key in keys {
            switch key {
            case .number(let number):
                bytes.append(0)
                for shift in stride(from: 56, through: 0, by: -8) {
                    bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
                }
            case .text(let text):
                let characters = Array(text.utf8.prefix(Self.textByteCountMax))
                bytes += [
                    1, UInt8(truncatingIfNeeded: characters.count >> 8), UInt8(truncatingIfNeeded: characters.count),
                ]
                bytes += characters
            }
        }
        return bytes
    }

    /// Reads a payload; nil when it is not one.
    public init?(payload: [UInt8]) {
        var rest = payload[...]
        guard let count = rest.popFirst(), count <= Self.keyCountMax else { return nil }
        var keys: [Key] = []
        for _ in 0..<count {
            switch rest.popFirst() {
            case 0:
                guard rest.count >= 8 else { return nil }
                keys.append(.number(rest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }))
                rest = rest.dropFirst(8)
            case 1:
                guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
                let length = Int(high) << 8 | Int(low)
                guard length <= Self.textByteCountMax, rest.count >= length,
                    let text = String(validating: rest.prefix(length), as: UTF8.self)
                else { return nil }
                keys.append(.text(text))
                rest = rest.dropFirst(length)
            default:
                return nil
            }
        }
        guard rest.isEmpty else { return nil }
        self.keys = keys
    }
}

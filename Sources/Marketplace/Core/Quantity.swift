// SPDX-License-Identifier: Apache-2.0

/// How many pieces: 1…9,999.
///
/// The upper bound keeps every line total far from overflow and is beyond what a cart is for; larger deals are quotes.
public struct Quantity: Hashable, Comparable, Sendable {
    /// The allowed range.
    public static let range: ClosedRange<Int64> = 1...9_999

    /// The number of pieces.
    public let rawValue: Int32

    /// Makes a quantity; nil outside ``range``.
    public init?(_ count: Int64) {
        guard Self.range.contains(count) else { return nil }
        rawValue = Int32(count)
    }

    /// The sum, or nil beyond ``range``.
    public func adding(_ other: Quantity) -> Quantity? {
        Quantity(Int64(rawValue) + Int64(other.rawValue))
    }

    public static func < (left: Quantity, right: Quantity) -> Bool {
        left.rawValue < right.rawValue
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What a piece may cost, whichever way its price arrives.
public enum PriceRange {
    /// Minor units; nothing is for nothing, and the column's bound.
    public static let amounts: ClosedRange<Int64> = 1...1_000_000_000_000
}

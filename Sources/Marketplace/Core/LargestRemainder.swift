// SPDX-License-Identifier: Apache-2.0

/// Divides whole units over weighted parts so that the parts add up to the whole.
///
/// Every part gets its share rounded towards zero; the units that remain go one each to the parts with the largest
/// remainders, among equals to the one that comes first. Callers pass the parts in order of their line id, which makes the
/// result reproducible.
public enum LargestRemainder {
    /// The parts of `total`, one per weight, in the same order; their sum is `total`.
    ///
    /// - Parameters:
    ///   - total: may be negative: then all parts are zero or negative.
    ///   - weights: zero or positive.
    /// - Throws: `.noWeights` when a weight is negative, or when all are zero (or there are none) and `total` is not.
    public static func split(_ total: Int64, weights: [Int64]) throws(MoneyError) -> [Int64] {
        guard weights.allSatisfy({ $0 >= 0 }) else { throw .noWeights }
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard sum > 0 else {
            guard total == 0 else { throw .noWeights }
            return weights.map { _ in 0 }
        }
        // 64 × 64 bits fit in 127, so nothing here can overflow; each quotient is at most `total` in size.
        var parts: [Int64] = []
        var remainders: [(index: Int, size: Int128)] = []
        var rest = Int128(total)
        for (index, weight) in weights.enumerated() {
            let (quotient, remainder) = (Int128(total) * Int128(weight)).quotientAndRemainder(dividingBy: sum)
            parts.append(Int64(quotient))
            remainders.append((index, abs(remainder)))
            rest -= quotient
        }
        remainders.sort { $0.size != $1.size ? $0.size > $1.size : $0.index < $1.index }
        let unit: Int64 = total < 0 ? -1 : 1
        for position in 0..<Int(abs(rest)) { parts[remainders[position].index] += unit }
        return parts
    }
}

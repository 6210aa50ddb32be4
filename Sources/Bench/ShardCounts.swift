// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The shard counts of a sweep, each of a server of its own.
struct ShardCounts: Equatable, Sendable {
    let values: [Int]

    /// What the server accepts for each of its settings.
    static let countMax = 1024

    /// The settings that are varied, all to the same count: how work is dealt out changes as a whole.
    static let settings = [
        "ACTORS_CART_SHARDS", "ACTORS_INVENTORY_SHARDS", "ACTORS_IDEMPOTENCY_SHARDS", "ACTORS_ORDER_SHARDS",
        "ACTORS_PAYMENT_SHARDS",
    ]

    /// Reads a comma list, such as `1,2,4,8`.
    ///
    /// - Throws: `ValidationError` with the first count that is none.
    init(parsing list: String) throws {
        var values: [Int] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = Int(part), (1...Self.countMax).contains(value), value.nonzeroBitCount == 1 else {
                throw ValidationError(
                    "\"\(part)\" is none: counts are powers of two from 1 to \(Self.countMax), such as 1,2,4,8.")
            }
            guard !values.contains(value) else { throw ValidationError("It names \(value) twice.") }
            values.append(value)
        }
        self.values = values
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Octets of whole bodies that one loop holds in memory, from their arrival to the answer: nobody has shown who they are
/// while a body arrives, and as many connections as there may be could each send a megabyte.
///
/// - Isolation: on its loop.
final class BodyBudget {
    private let max: Int
    private(set) var used = 0

    init(max: Int) { self.max = max }

    /// Counts octets in; false, and none are, where there is no room for them.
    func take(_ count: Int) -> Bool {
        guard used + count <= max else { return false }
        used += count
        return true
    }

    func give(_ count: Int) { used -= count }
}

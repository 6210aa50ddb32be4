// SPDX-License-Identifier: Apache-2.0

/// Ids in the order in which they came, taken from the front at no cost that grows with their number.
struct IDQueue: Sendable {
    private var ids: [String] = []
    private var first = 0

    mutating func append(_ id: String) {
        ids.append(id)
    }

    mutating func popFirst() -> String? {
        guard first < ids.count else { return nil }
        defer {
            first += 1
            // Moving all once in a while is cheaper than moving all every time.
            if first > 1024, first * 2 > ids.count {
                ids.removeFirst(first)
                first = 0
            }
        }
        return ids[first]
    }
}

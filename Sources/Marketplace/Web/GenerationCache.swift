// SPDX-License-Identifier: Apache-2.0

/// A bounded dictionary that forgets what has not been used for a while.
///
/// Two generations: when the young one is full, it becomes the old one and what was old is dropped, so that neither lookups
/// nor insertions ever scan. An entry found in the old generation moves to the young one.
struct GenerationCache<Key: Hashable, Value> {
    /// The most entries: of both generations together.
    let capacity: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(capacity: Int) {
        self.capacity = max(capacity, 2)
    }

    /// The number of entries; one that is in both generations counts twice.
    var count: Int { young.count + old.count }

    /// The value of `key`.
    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    /// Remembers a value.
    mutating func insert(_ value: Value, for key: Key) {
        if young.count >= capacity / 2, young[key] == nil {
            old = young
            young = [:]
            young.reserveCapacity(min(capacity / 2, old.count))
        }
        young[key] = value
    }

    /// Forgets a value.
    mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    /// Forgets everything.
    mutating func removeAll() {
        young = [:]
        old = [:]
    }

    /// Forgets what `isDead` says.
    mutating func removeAll(where isDead: (Key, Value) -> Bool) {
        young = young.filter { !isDead($0.key, $0.value) }
        old = old.filter { !isDead($0.key, $0.value) }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Answers by key, bounded in number and octets.
///
/// Two generations: when the young one holds half of either bound, it becomes the old one and what was old is dropped. An answer
/// that is asked for moves to the young one while there is room, so what is wanted stays.
struct AnswerShelf<Key: Hashable> {
    /// An answer and the moment its look-up began, by the loop's clock.
    struct Entry {
        let answer: CatalogAnswer
        let asOf: UInt64
    }

    let countMax: Int
    let byteCountMax: Int
    private var young: [Key: Entry] = [:]
    private var old: [Key: Entry] = [:]
    private var youngByteCount = 0

    init(countMax: Int, byteCountMax: Int) {
        self.countMax = countMax
        self.byteCountMax = byteCountMax
    }

    /// Answers held.
    var count: Int { young.count + old.count }

    /// The octets of the answers held.
    var byteCount: Int {
        youngByteCount + old.values.reduce(0) { $0 + $1.answer.byteCount }
    }

    mutating func entry(_ key: Key) -> Entry? {
        if let entry = young[key] { return entry }
        guard !old.isEmpty, let entry = old[key] else { return nil }
        if hasRoom(for: entry) {
            old[key] = nil
            put(entry, for: key)
        }
        return entry
    }

    /// Keeps an answer. One that alone fills a generation is not kept.
    ///
    /// - Returns: what was dropped to make room.
    @discardableResult
    mutating func insert(_ entry: Entry, for key: Key) -> [Key: Entry] {
        remove(key)
        guard entry.answer.byteCount <= byteCountMax / 2 else { return [:] }
        var dropped: [Key: Entry] = [:]
        if !hasRoom(for: entry) {
            dropped = old
            old = young
            young = [:]
            youngByteCount = 0
        }
        put(entry, for: key)
        return dropped
    }

    private func hasRoom(for entry: Entry) -> Bool {
        young.count < countMax / 2 && youngByteCount + entry.answer.byteCount <= byteCountMax / 2
    }

    private mutating func put(_ entry: Entry, for key: Key) {
        young[key] = entry
        youngByteCount += entry.answer.byteCount
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Entry? {
        if let entry = young.removeValue(forKey: key) {
            youngByteCount -= entry.answer.byteCount
            return entry
        }
        return old.isEmpty ? nil : old.removeValue(forKey: key)
    }

    /// The keys of the answers for which the predicate holds.
    func keys(where holds: (CatalogAnswer) -> Bool) -> [Key] {
        [young, old].flatMap { $0.compactMap { holds($0.value.answer) ? $0.key : nil } }
    }

    /// Drops what is outdated.
    mutating func removeAll(where isOutdated: (CatalogAnswer) -> Bool) {
        for (key, entry) in young where isOutdated(entry.answer) { remove(key) }
        for (key, entry) in old where isOutdated(entry.answer) { remove(key) }
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
        youngByteCount = 0
    }
}

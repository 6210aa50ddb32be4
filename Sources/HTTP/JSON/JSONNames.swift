// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The member names of one object, compared as UTF-8 octets after their escapes are resolved (never as `String`,
/// whose equality is canonical equivalence).
struct JSONNames {
    let base: UnsafePointer<UInt8>
    let nodes: [JSONNode]
    let object: Int

    /// Above this many members the names are sorted instead of compared pair by pair.
    private static let pairwiseMax = 12

    /// The node of the second of two equal names.
    func firstRepeated() -> Int? {
        var count = 0
        var later = first
        while later < end, count < Self.pairwiseMax {
            var earlier = first
            while earlier < later {
                if order(earlier, later) == 0 { return later }
                earlier = after(earlier)
            }
            later = after(later)
            count += 1
        }
        return later < end ? firstRepeatedOfMany() : nil
    }

    private func firstRepeatedOfMany() -> Int? {
        withSorted { sorted in
            for index in 1..<sorted.count where order(sorted[index - 1], sorted[index]) == 0 {
                return max(sorted[index - 1], sorted[index])
            }
            return nil
        }
    }

    /// Calls `body` with the nodes of the names in octet order. Objects of the usual size take no memory from the heap.
    func withSorted<R>(_ body: (UnsafeBufferPointer<Int>) -> R) -> R {
        var count = 0
        forEach { _ in count += 1 }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { names in
            var filled = 0
            forEach { name in
                names.initializeElement(at: filled, to: name)
                filled += 1
            }
            if count <= Self.pairwiseMax {
                insertionSort(names)
            } else {
                var all = names
                all.sort { order($0, $1) < 0 }
            }
            return body(UnsafeBufferPointer(names))
        }
    }

    private func insertionSort(_ names: UnsafeMutableBufferPointer<Int>) {
        guard names.count > 1 else { return }
        for index in 1..<names.count {
            let name = names[index]
            var place = index
            while place > 0, order(names[place - 1], name) > 0 {
                names[place] = names[place - 1]
                place -= 1
            }
            names[place] = name
        }
    }

    /// Calls `body` with the node of each name, in the order of the text.
    func forEach(_ body: (Int) -> Void) {
        var name = first
        while name < end {
            body(name)
            name = after(name)
        }
    }

    private var first: Int { object + 1 }
    private var end: Int { Int(nodes[object].next) }
    private func after(_ name: Int) -> Int { Int(nodes[name + 1].next) }

    private func raw(_ node: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(nodes[node].start)
        return UnsafeBufferPointer(start: base + start, count: Int(nodes[node].end) - start)
    }

    private func order(_ left: Int, _ right: Int) -> Int32 {
        if !nodes[left].isEscaped, !nodes[right].isEscaped { return Self.order(raw(left), raw(right)) }
        return decoded(left).withUnsafeBufferPointer { left in
            decoded(right).withUnsafeBufferPointer { right in Self.order(left, right) }
        }
    }

    private func decoded(_ node: Int) -> [UInt8] {
        nodes[node].isEscaped ? JSONText.unescaped(raw(node)) : Array(raw(node))
    }

    private static func order(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int32 {
        let shared = min(left.count, right.count)
        if shared > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = memcmp(leftBase, rightBase, shared)
            if order != 0 { return order }
        }
        return Int32(left.count == right.count ? 0 : (left.count < right.count ? -1 : 1))
    }
}

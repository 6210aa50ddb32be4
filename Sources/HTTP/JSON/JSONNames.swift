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
        let names = self.names()
        if names.count <= Self.pairwiseMax {
            for later in 1..<max(names.count, 1) {
                for earlier in 0..<later where order(names[earlier], names[later]) == 0 { return names[later] }
            }
            return nil
        }
        let sorted = self.sorted()
        for index in 1..<sorted.count where order(sorted[index - 1], sorted[index]) == 0 {
            return max(sorted[index - 1], sorted[index])
        }
        return nil
    }

    /// The nodes of the names in octet order.
    func sorted() -> [Int] {
        names().sorted { order($0, $1) < 0 }
    }

    private func names() -> [Int] {
        var names: [Int] = []
        let end = Int(nodes[object].next)
        var name = object + 1
        while name < end {
            names.append(name)
            name = Int(nodes[name + 1].next)
        }
        return names
    }

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

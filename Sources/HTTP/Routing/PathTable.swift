// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Fixed paths in an open-addressing hash table over their octets: a look-up makes no `String`.
struct PathTable: Sendable {
    struct Place: Sendable {
        /// Without the last slash; the root is empty.
        let path: [UInt8]
        var endpoints = Endpoints()

        init(path: [UInt8]) { self.path = path }

        func isAt(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
            guard path.count == key.count else { return false }
            guard let base = key.baseAddress else { return true }
            return path.withUnsafeBytes { memcmp($0.baseAddress ?? UnsafeRawPointer(base), base, key.count) == 0 }
        }
    }

    private let places: [Place]
    /// Indices into `places`, -1 for a free slot; at most half full, so a search always ends.
    private let slots: [Int]

    init(_ places: [Place]) {
        var capacity = 16
        while capacity < places.count * 2 { capacity *= 2 }
        var slots = [Int](repeating: -1, count: capacity)
        for (index, place) in places.enumerated() {
            var slot = place.path.withUnsafeBufferPointer { Self.hash($0) } & (capacity - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = index
        }
        self.places = places
        self.slots = slots
    }

    /// A path as it is kept: octets without the last slash.
    static func key(_ path: String) -> [UInt8] {
        let octets = Array(path.utf8)
        return octets.last == UInt8(ascii: "/") ? Array(octets.dropLast()) : octets
    }

    func find(_ path: UnsafeBufferPointer<UInt8>) -> Endpoints? {
        var count = path.count
        if count > 0, path[count - 1] == UInt8(ascii: "/") { count -= 1 }
        let key = UnsafeBufferPointer(rebasing: path[..<count])
        var slot = Self.hash(key) & (slots.count - 1)
        while slots[slot] >= 0 {
            let place = places[slots[slot]]
            if place.isAt(key) { return place.endpoints }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// FNV-1a. The table is built from our own paths, so nobody outside can make it collide more than it does.
    private static func hash(_ octets: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}

/// A path with `{name}` segments.
struct PathTemplate: Sendable {
    private enum Segment: Sendable {
        case fixed([UInt8])
        case parameter(String)
    }

    private let segments: [Segment]
    /// The path with its parameters' names blanked: two templates of one shape are one place.
    let shape: String
    var endpoints = Endpoints()

    /// nil for a path without parameters.
    init?(_ path: String) {
        guard path.utf8.contains(UInt8(ascii: "{")) else { return nil }
        segments = PathTable.key(path).dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { segment in
                guard segment.first == UInt8(ascii: "{"), segment.last == UInt8(ascii: "}") else {
                    return .fixed(Array(segment))
                }
                return .parameter(String(decoding: segment.dropFirst().dropLast(), as: UTF8.self))
            }
        shape = segments.map { segment in
            switch segment {
            case .fixed(let octets): "/" + String(decoding: octets, as: UTF8.self)
            case .parameter: "/{}"
            }
        }.joined()
    }

    func adding(_ route: Route, _ index: Int) -> PathTemplate {
        var template = self
        template.endpoints.add(route, index)
        return template
    }

    /// The parameters when the path has this shape; an empty segment is no value.
    func parameters(of path: UnsafeBufferPointer<UInt8>) -> [String: String]? {
        var rest = path.dropFirst()
        if rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        let parts = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch segment {
            case .fixed(let octets): guard octets.elementsEqual(part) else { return nil }
            case .parameter(let name):
                guard !part.isEmpty else { return nil }
                parameters[name] = String(decoding: part, as: UTF8.self)
            }
        }
        return parameters
    }
}

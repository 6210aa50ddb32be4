// SPDX-License-Identifier: Apache-2.0

/// The one pass that checks a text and builds the index of `JSONDocument`.
///
/// Recursive, but never deeper than `depthMax`.
struct JSONParser {
    let base: UnsafePointer<UInt8>?
    let count: Int
    let depthMax: Int
    var at = 0
    var nodes: [JSONNode] = []

    init(_ buffer: UnsafeBufferPointer<UInt8>, depthMax: Int) {
        base = buffer.baseAddress
        count = buffer.count
        self.depthMax = depthMax
        nodes.reserveCapacity(count / 8 + 4)
    }

    mutating func parse() throws(JSONError) -> [JSONNode] {
        guard let base else { throw fault(.empty) }
        skipSpace(base)
        guard at < count else { throw fault(.empty) }
        try value(base, depth: 0)
        skipSpace(base)
        guard at == count else { throw fault(.trailingGarbage) }
        return nodes
    }

    func fault(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: at) }

    @inline(__always)
    private mutating func skipSpace(_ base: UnsafePointer<UInt8>) {
        while at < count {
            let octet = base[at]
            guard octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 else { return }
            at += 1
        }
    }

    private mutating func value(_ base: UnsafePointer<UInt8>, depth: Int) throws(JSONError) {
        guard at < count else { throw fault(.truncated) }
        switch base[at] {
        case UInt8(ascii: "\""): try string(base)
        case UInt8(ascii: "{"): try object(base, depth: depth + 1)
        case UInt8(ascii: "["): try array(base, depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(base)
        case UInt8(ascii: "t"): try literal(base, "true", .bool)
        case UInt8(ascii: "f"): try literal(base, "false", .bool)
        case UInt8(ascii: "n"): try literal(base, "null", .null)
        default: throw fault(.unexpectedOctet)
        }
    }

    private mutating func object(_ base: UnsafePointer<UInt8>, depth: Int) throws(JSONError) {
        let index = try openContainer(.object, depth: depth)
        skipSpace(base)
        if at < count, base[at] == UInt8(ascii: "}") { return closeContainer(index) }
        while true {
            guard at < count else { throw fault(.truncated) }
            guard base[at] == UInt8(ascii: "\"") else { throw fault(.unexpectedOctet) }
            try string(base)
            skipSpace(base)
            guard at < count else { throw fault(.truncated) }
            guard base[at] == UInt8(ascii: ":") else { throw fault(.unexpectedOctet) }
            at += 1
            skipSpace(base)
            try value(base, depth: depth)
            guard try comma(base, or: UInt8(ascii: "}")) else { break }
        }
        closeContainer(index)
        if let repeated = JSONNames(base: base, nodes: nodes, object: index).firstRepeated() {
            throw JSONError(reason: .duplicateMember, offset: Int(nodes[repeated].start))
        }
    }

    private mutating func array(_ base: UnsafePointer<UInt8>, depth: Int) throws(JSONError) {
        let index = try openContainer(.array, depth: depth)
        skipSpace(base)
        if at < count, base[at] == UInt8(ascii: "]") { return closeContainer(index) }
        repeat {
            try value(base, depth: depth)
        } while try comma(base, or: UInt8(ascii: "]"))
        closeContainer(index)
    }

    private mutating func openContainer(_ kind: JSONKind, depth: Int) throws(JSONError) -> Int {
        guard depth <= depthMax else { throw fault(.tooDeep) }
        nodes.append(JSONNode(kind: kind, start: UInt32(at), end: 0, next: 0))
        at += 1
        return nodes.count - 1
    }

    /// The closing bracket is the octet at `at`.
    private mutating func closeContainer(_ index: Int) {
        at += 1
        nodes[index].end = UInt32(at)
        nodes[index].next = UInt32(nodes.count)
    }

    /// After a value: true with the comma and the space behind it consumed; false at the closing bracket.
    private mutating func comma(_ base: UnsafePointer<UInt8>, or close: UInt8) throws(JSONError) -> Bool {
        skipSpace(base)
        guard at < count else { throw fault(.truncated) }
        if base[at] == close { return false }
        guard base[at] == UInt8(ascii: ",") else { throw fault(.unexpectedOctet) }
        at += 1
        skipSpace(base)
        return true
    }

    private mutating func literal(
        _ base: UnsafePointer<UInt8>, _ text: StaticString, _ kind: JSONKind
    ) throws(JSONError) {
        let start = at
        for offset in 0..<text.utf8CodeUnitCount {
            guard at < count else { throw fault(.truncated) }
            guard base[at] == text.utf8Start[offset] else { throw fault(.unexpectedOctet) }
            at += 1
        }
        leaf(kind, from: start)
    }

    private mutating func number(_ base: UnsafePointer<UInt8>) throws(JSONError) {
        let start = at
        var kind = JSONKind.integer
        if base[at] == UInt8(ascii: "-") { at += 1 }
        let first = at
        try digits(base)
        if base[first] == UInt8(ascii: "0"), at - first > 1 { throw fault(.malformedNumber) }
        if at < count, base[at] == UInt8(ascii: ".") {
            kind = .decimal
            at += 1
            try digits(base)
        }
        if at < count, base[at] | 0x20 == UInt8(ascii: "e") {
            kind = .decimal
            at += 1
            if at < count, base[at] == UInt8(ascii: "+") || base[at] == UInt8(ascii: "-") { at += 1 }
            try digits(base)
        }
        leaf(kind, from: start)
    }

    /// One or more digits.
    private mutating func digits(_ base: UnsafePointer<UInt8>) throws(JSONError) {
        let first = at
        while at < count, base[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        guard at > first else { throw fault(at < count ? .malformedNumber : .truncated) }
    }

    private mutating func leaf(_ kind: JSONKind, from start: Int) {
        nodes.append(JSONNode(kind: kind, start: UInt32(start), end: UInt32(at), next: UInt32(nodes.count + 1)))
    }
}

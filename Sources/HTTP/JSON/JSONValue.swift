// SPDX-License-Identifier: Apache-2.0

/// One value of a parsed text, decoded on demand.
///
/// ```swift
/// guard let entity = document.root["payload"]?["payment"]?["entity"],
///       let amount = entity["amount"]?.int64 else { throw Problem(.validationFailed) }
/// ```
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    var node: JSONNode { document.nodes[index] }

    /// What kind of value it is.
    public var kind: JSONKind { node.kind }

    /// Whether it is `null`.
    public var isNull: Bool { kind == .null }

    /// The text of a string.
    public var string: String? {
        guard kind == .string else { return nil }
        return withText { String(decoding: $0, as: UTF8.self) }
    }

    /// The integer, if the literal is one and fits: `1.0` and `1e2` are not integers.
    public var int64: Int64? {
        guard kind == .integer else { return nil }
        return withText { digits in
            var value: Int64 = 0
            let isNegative = digits.first == UInt8(ascii: "-")
            for octet in digits.dropFirst(isNegative ? 1 : 0) {
                let digit = Int64(octet &- UInt8(ascii: "0"))
                let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, sumOverflow) =
                    isNegative
                    ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
                if overflow || sumOverflow { return nil }
                value = sum
            }
            return value
        }
    }

    /// The integer, as `int64`.
    public var int: Int? { int64.map { Int($0) } }

    /// The boolean.
    public var bool: Bool? {
        guard kind == .bool else { return nil }
        return document.bytes[Int(node.start)] == UInt8(ascii: "t")
    }

    /// A number's literal text, exactly as it was sent.
    public var numberText: String? {
        guard kind == .integer || kind == .decimal else { return nil }
        return withText { String(decoding: $0, as: UTF8.self) }
    }

    /// The octets of the value as they were sent, quotation marks included.
    public var raw: ArraySlice<UInt8> {
        let quote = kind == .string ? 1 : 0
        return document.bytes[Int(node.start) - quote..<Int(node.end) + quote]
    }

    /// The elements of an array.
    public var elements: [JSONValue]? {
        guard kind == .array else { return nil }
        var elements: [JSONValue] = []
        var element = index + 1
        while element < Int(node.next) {
            elements.append(JSONValue(document: document, index: element))
            element = Int(document.nodes[element].next)
        }
        return elements
    }

    /// The members of an object, in the order they were sent.
    public var members: [(name: String, value: JSONValue)]? {
        guard kind == .object else { return nil }
        var members: [(name: String, value: JSONValue)] = []
        forEachMember { members.append(($0.string ?? "", $1)) }
        return members
    }

    /// The value of an object's member; nil for any other kind of value.
    public subscript(name: StaticString) -> JSONValue? {
        name.withUTF8Buffer { member($0) }
    }

    /// The value of an object's member whose name is data.
    public subscript(dynamic name: String) -> JSONValue? {
        var name = name
        return name.withUTF8 { member($0) }
    }

    func member(_ name: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        placedMember(name)?.value
    }

    /// The value of an object's member, and which member it is, from 0.
    func placedMember(_ name: UnsafeBufferPointer<UInt8>) -> (place: Int, value: JSONValue)? {
        guard kind == .object else { return nil }
        var candidate = index + 1
        let end = Int(node.next)
        var place = 0
        while candidate < end {
            if JSONValue(document: document, index: candidate).hasText(name) {
                return (place, JSONValue(document: document, index: candidate + 1))
            }
            candidate = Int(document.nodes[candidate + 1].next)
            place += 1
        }
        return nil
    }

    /// Calls `body` with the name and the value of each member of an object, in the order they were sent.
    func forEachMember(_ body: (_ name: JSONValue, _ value: JSONValue) -> Void) {
        var name = index + 1
        while name < Int(node.next) {
            body(JSONValue(document: document, index: name), JSONValue(document: document, index: name + 1))
            name = Int(document.nodes[name + 1].next)
        }
    }

    private func hasText(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if !node.isEscaped, Int(node.end - node.start) != text.count { return false }
        return withText { $0.elementsEqual(text) }
    }

    /// The octets of a scalar, escapes resolved.
    func withText<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        document.bytes.withUnsafeBufferPointer { buffer in
            let text = UnsafeBufferPointer(rebasing: buffer[Int(node.start)..<Int(node.end)])
            if node.isEscaped { return JSONText.unescaped(text).withUnsafeBufferPointer(body) }
            return body(text)
        }
    }
}

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
        return memberNodes().map { name in
            (JSONValue(document: document, index: name).string ?? "", JSONValue(document: document, index: name + 1))
        }
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
        guard kind == .object else { return nil }
        var candidate = index + 1
        let end = Int(node.next)
        while candidate < end {
            let value = JSONValue(document: document, index: candidate)
            if value.withText({ $0.elementsEqual(name) }) {
                return JSONValue(document: document, index: candidate + 1)
            }
            candidate = Int(document.nodes[candidate + 1].next)
        }
        return nil
    }

    /// The nodes of the member names.
    func memberNodes() -> [Int] {
        var names: [Int] = []
        var name = index + 1
        while name < Int(node.next) {
            names.append(name)
            name = Int(document.nodes[name + 1].next)
        }
        return names
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

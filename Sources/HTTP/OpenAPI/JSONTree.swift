// SPDX-License-Identifier: Apache-2.0

/// A JSON value in memory, its members in the order they were given: for documents that are composed before they are written.
///
/// ```swift
/// let tree: JSONTree = ["openapi": "3.1.0", "tags": [["name": "Orders"]], "deprecated": false]
/// tree.jsonBytes()
/// tree.yamlBytes()
/// ```
public indirect enum JSONTree: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// An integer.
    case int(Int)
    /// Any other number, as its literal: `4.37`.
    case decimal(String)
    /// A string.
    case string(String)
    /// Values in order.
    case array([JSONTree])
    /// Members in order, no name twice.
    case object([Member])

    /// A name with its value.
    public struct Member: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSONTree

        /// A member.
        public init(_ name: String, _ value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    /// Strings in order.
    public static func strings(_ texts: [String]) -> JSONTree {
        .array(texts.map { .string($0) })
    }

    /// The value of an object's member; nil for any other kind of value.
    public subscript(name: String) -> JSONTree? {
        members?.first { $0.name == name }?.value
    }

    /// The members of an object.
    public var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array.
    public var elements: [JSONTree]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text of a string.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
    /// An object, its members in the order they stand.
    public init(dictionaryLiteral elements: (String, JSONTree)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

extension JSONTree: JSONWritable {
    /// Writes the value.
    public func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let flag): json.value(flag)
        case .int(let number): json.value(number)
        case .decimal(let literal): json.raw(literal.utf8)
        case .string(let text): json.value(text)
        case .array(let elements):
            json.array { json in
                for element in elements { element.write(to: &json) }
            }
        case .object(let members):
            json.object { json in
                for member in members {
                    json.key(dynamic: member.name)
                    member.value.write(to: &json)
                }
            }
        }
    }
}

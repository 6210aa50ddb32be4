// SPDX-License-Identifier: Apache-2.0

/// What a JSON value looks like (JSON Schema 2020-12), with an example of it.
///
/// ```swift
/// static let money = Schema.object([
///     .required("amount", .integer(example: 129_900).says("Minor units.")),
///     .required("currency", .string(pattern: "^[A-Z]{3}$", example: "INR")),
/// ]).named("Money")
/// ```
/// The example of an object or an array is composed of the examples of its parts. A named schema stands once, under
/// `components.schemas`, and is referred to everywhere else.
public struct Schema: Sendable {
    /// The name under `components.schemas`; nil for one that stands where it is used.
    public private(set) var name: String?
    /// A value that has this shape.
    public private(set) var example: JSONTree
    private var keywords: [Keyword]
    /// Whether this only names a schema that is defined elsewhere: what lets a schema contain itself.
    private var isReference = false

    /// A keyword with its value, which may hold further schemas.
    struct Keyword: Sendable {
        let name: String
        let value: Value

        enum Value: Sendable {
            case json(JSONTree)
            case schema(Schema)
            case schemas([Schema])
            case properties([Property])
        }
    }

    /// A member of an object.
    public struct Property: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        /// A member that is always there.
        public static func required(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: true)
        }

        /// A member that must not be there: what another alternative has.
        public static func forbidden(_ name: String) -> Property {
            Property(name: name, schema: .never, isRequired: false)
        }

        /// A member that may be absent; it stands in the example.
        public static func optional(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: false)
        }
    }

    /// No value at all.
    private static let never = Schema([Keyword(name: "not", value: .json([:]))], example: .null)

    /// Whether nothing has this shape.
    var isNever: Bool { keywords.first?.name == "not" }

    init(_ keywords: [Keyword], example: JSONTree) {
        self.keywords = keywords
        self.example = example
    }

    /// The same under a name.
    public func named(_ name: String) -> Schema {
        var schema = self
        schema.name = name
        return schema
    }

    /// A schema of this name that is defined where it is used otherwise.
    public static func reference(to name: String, example: JSONTree) -> Schema {
        var schema = Schema([], example: example)
        schema.name = name
        schema.isReference = true
        return schema
    }

    /// The same with a description for readers.
    public func says(_ text: String) -> Schema {
        with("description", .string(text))
    }

    /// The same with the value that an absent one stands for.
    public func defaults(to value: JSONTree) -> Schema {
        with("default", value)
    }

    /// The same with another example.
    public func example(_ value: JSONTree) -> Schema {
        var schema = self
        schema.example = value
        return schema
    }

    /// The same or `null`; the example stays.
    public var orNull: Schema {
        // Of a schema of its own, or of one that refers to such with words of its own, the kind is not said here.
        if name != nil || !keywords.contains(where: { $0.name == "type" || $0.name == "enum" }) {
            return Schema([Keyword(name: "anyOf", value: .schemas([self, .null]))], example: example)
        }
        var schema = self
        schema.keywords = keywords.map { keyword in
            switch (keyword.name, keyword.value) {
            case ("type", .json(.string(let type))): Keyword(name: "type", value: .json(.strings([type, "null"])))
            case ("enum", .json(.array(let values))): Keyword(name: "enum", value: .json(.array(values + [.null])))
            default: keyword
            }
        }
        return schema
    }

    private func with(_ keyword: String, _ value: JSONTree) -> Schema {
        // What stands beside a reference would have to be said there.
        var schema = name == nil ? self : Schema([Keyword(name: "allOf", value: .schemas([self]))], example: example)
        schema.keywords.removeAll { $0.name == keyword }
        schema.keywords.append(Keyword(name: keyword, value: .json(value)))
        return schema
    }

    // MARK: Writing

    /// The schema, or a reference to it once it stands among the components.
    func json(_ components: inout OpenAPIComponents) -> JSONTree {
        guard let name else { return content(&components) }
        if !isReference { components.define(name, self) }
        return ["$ref": .string("#/components/schemas/" + name)]
    }

    func content(_ components: inout OpenAPIComponents) -> JSONTree {
        var members: [JSONTree.Member] = []
        for keyword in keywords {
            switch keyword.value {
            case .json(let value): members.append(.init(keyword.name, value))
            case .schema(let schema): members.append(.init(keyword.name, schema.json(&components)))
            case .schemas(let schemas):
                members.append(.init(keyword.name, .array(schemas.map { $0.json(&components) })))
            case .properties(let properties):
                let required = properties.filter(\.isRequired).map(\.name)
                if !required.isEmpty { members.append(.init("required", .strings(required))) }
                members.append(
                    .init(
                        keyword.name,
                        .object(properties.map { .init($0.name, $0.schema.json(&components)) })))
            }
        }
        return .object(members)
    }
}

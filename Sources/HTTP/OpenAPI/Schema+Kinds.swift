// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Only `null`.
    public static let null = Schema([json("type", "null")], example: .null)

    /// A string.
    /// - Parameters:
    ///   - length: in Unicode scalars, as the server counts them.
    ///   - pattern: a regular expression of ECMA 262.
    ///   - format: `date-time`, `uri`, `email` …
    public static func string(
        length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil, example: String
    ) -> Schema {
        var keywords = [json("type", "string")]
        if let format { keywords.append(json("format", .string(format))) }
        if let pattern { keywords.append(json("pattern", .string(pattern))) }
        if let length {
            if length.lowerBound > 0 { keywords.append(json("minLength", .int(length.lowerBound))) }
            if length.upperBound < .max { keywords.append(json("maxLength", .int(length.upperBound))) }
        }
        return Schema(keywords, example: .string(example))
    }

    /// One of a few words.
    public static func choice(_ words: [String], example: String? = nil) -> Schema {
        Schema([json("type", "string"), json("enum", .strings(words))], example: .string(example ?? words.first ?? ""))
    }

    /// One of an enumeration's raw values.
    public static func choice<Word: RawRepresentable & CaseIterable>(of type: Word.Type, example: Word) -> Schema
    where Word.RawValue == String {
        choice(type.allCases.map(\.rawValue), example: example.rawValue)
    }

    /// Exactly this value.
    public static func constant(_ value: JSONTree) -> Schema {
        Schema([json("const", value)], example: value)
    }

    /// An integer of at most 64 bits; a bound of `Int`'s is not written.
    public static func integer(_ range: ClosedRange<Int> = Int.min...Int.max, example: Int) -> Schema {
        var keywords = [json("type", "integer"), json("format", "int64")]
        if range.lowerBound > .min { keywords.append(json("minimum", .int(range.lowerBound))) }
        if range.upperBound < .max { keywords.append(json("maximum", .int(range.upperBound))) }
        return Schema(keywords, example: .int(example))
    }

    /// A number with a fraction.
    public static func number(_ range: ClosedRange<Int>, example: String) -> Schema {
        Schema(
            [
                json("type", "number"), json("minimum", .int(range.lowerBound)),
                json("maximum", .int(range.upperBound)),
            ], example: .decimal(example))
    }

    /// A boolean.
    public static func boolean(example: Bool) -> Schema {
        Schema([json("type", "boolean")], example: .bool(example))
    }

    /// An array; its example holds one element unless told otherwise.
    public static func array(
        of element: Schema, count: ClosedRange<Int>? = nil, isUnique: Bool = false, example: [JSONTree]? = nil
    ) -> Schema {
        var keywords = [json("type", "array"), Keyword(name: "items", value: .schema(element))]
        if let count {
            if count.lowerBound > 0 { keywords.append(json("minItems", .int(count.lowerBound))) }
            if count.upperBound < .max { keywords.append(json("maxItems", .int(count.upperBound))) }
        }
        if isUnique { keywords.append(json("uniqueItems", true)) }
        return Schema(keywords, example: .array(example ?? [element.example]))
    }

    /// An object.
    /// - Parameter isClosed: whether it has no other members. Answers are; of a request, other members are ignored.
    public static func object(_ properties: [Property], isClosed: Bool = false) -> Schema {
        var keywords = [json("type", "object"), Keyword(name: "properties", value: .properties(properties))]
        if isClosed { keywords.append(json("additionalProperties", false)) }
        return Schema(
            keywords,
            example: .object(properties.filter { !$0.schema.isNever }.map { .init($0.name, $0.schema.example) }))
    }

    /// An object with any names, all values of one shape.
    /// - Parameter names: what every name is; nil for any.
    public static func map(of value: Schema, names: Schema? = nil, example: JSONTree) -> Schema {
        var keywords = [json("type", "object")]
        if let names { keywords.append(Keyword(name: "propertyNames", value: .schema(names))) }
        keywords.append(Keyword(name: "additionalProperties", value: .schema(value)))
        return Schema(keywords, example: example)
    }

    /// A value that fits exactly one of several; the example is the first one's.
    public static func oneOf(_ schemas: [Schema]) -> Schema {
        Schema([Keyword(name: "oneOf", value: .schemas(schemas))], example: schemas.first?.example ?? .null)
    }

    /// A value that fits at least one of several; the example is the first one's.
    public static func anyOf(_ schemas: [Schema]) -> Schema {
        Schema([Keyword(name: "anyOf", value: .schemas(schemas))], example: schemas.first?.example ?? .null)
    }

    /// A value that fits all of several.
    public static func allOf(_ schemas: [Schema], example: JSONTree) -> Schema {
        Schema([Keyword(name: "allOf", value: .schemas(schemas))], example: example)
    }

    /// The members only constrained where they stand: for narrowing another schema.
    public static func narrowing(_ properties: [Property]) -> Schema {
        Schema([Keyword(name: "properties", value: .properties(properties))], example: .object([]))
    }

    private static func json(_ name: String, _ value: JSONTree) -> Keyword {
        Keyword(name: name, value: .json(value))
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What an OpenAPI document says once and refers to elsewhere, gathered while its operations are written.
struct OpenAPIComponents {
    private var schemas: [JSONTree.Member] = []
    private var responses: [JSONTree.Member] = []
    private var parameters: [JSONTree.Member] = []
    private var headers: [JSONTree.Member] = []
    private var examples: [JSONTree.Member] = []
    private var named: Set<String> = []

    /// Defines a named schema. Two different ones of one name would be our own mistake; the first stands.
    mutating func define(_ name: String, _ schema: Schema) {
        // Noted first: a schema may contain itself.
        guard named.insert(name).inserted else { return }
        let content = schema.content(&self)
        schemas.append(.init(name, content))
    }

    /// A reference to a response.
    mutating func response(_ name: String, _ content: JSONTree) -> JSONTree {
        Self.reference("responses", Self.place(content, name, in: &responses))
    }

    /// A reference to a parameter that many routes have.
    mutating func parameter(_ parameter: RouteParameter) -> JSONTree {
        let content = parameter.json(&self)
        return Self.reference("parameters", Self.place(content, parameter.name, in: &parameters))
    }

    /// A reference to a header field that many answers have.
    mutating func header(_ header: RouteHeader) -> JSONTree {
        let content = header.json(&self)
        return Self.reference("headers", Self.place(content, header.name, in: &headers))
    }

    /// A reference to an example.
    mutating func example(_ name: String, summary: String, _ value: JSONTree) -> JSONTree {
        let content: JSONTree = ["summary": .string(summary), "value": value]
        return Self.reference("examples", Self.place(content, name, in: &examples))
    }

    /// The name under which a content stands: one that differs from what has the name already gets a number.
    private static func place(_ content: JSONTree, _ name: String, in members: inout [JSONTree.Member]) -> String {
        var (free, number) = (name, 1)
        while let taken = members.first(where: { $0.name == free }) {
            if taken.value == content { return free }
            number += 1
            free = "\(name).\(number)"
        }
        members.append(.init(free, content))
        return free
    }

    /// The member `components`.
    func json(securitySchemes: [JSONTree.Member]) -> JSONTree {
        let parts: [(String, [JSONTree.Member])] = [
            ("schemas", schemas), ("responses", responses), ("parameters", parameters), ("headers", headers),
            ("examples", examples),
        ]
        let sorted = parts.map { name, members in
            JSONTree.Member(name, .object(members.sorted { $0.name < $1.name }))
        }
        return .object(sorted + [.init("securitySchemes", .object(securitySchemes))])
    }

    private static func reference(_ kind: String, _ name: String) -> JSONTree {
        ["$ref": .string("#/components/\(kind)/\(name)")]
    }
}

extension RouteParameter {
    func json(_ components: inout OpenAPIComponents) -> JSONTree {
        var members: [JSONTree.Member] = [
            .init("name", .string(name)), .init("in", .string(place.rawValue)), .init("description", .string(text)),
        ]
        if isRequired { members.append(.init("required", true)) }
        if schema.example.elements != nil, place == .query {
            // A comma list, not the parameter repeated.
            members.append(.init("style", "form"))
            members.append(.init("explode", false))
        }
        members.append(.init("schema", schema.json(&components)))
        // One that need not be sent has none: whoever tries the page out would send it.
        if isRequired { members.append(.init("example", schema.example)) }
        return .object(members)
    }
}

extension RouteHeader {
    func json(_ components: inout OpenAPIComponents) -> JSONTree {
        var members: [JSONTree.Member] = [.init("description", .string(text))]
        if isAlways { members.append(.init("required", true)) }
        members.append(.init("schema", schema.json(&components)))
        members.append(.init("example", schema.example))
        return .object(members)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The OpenAPI 3.1 document of a table of routes.
///
/// ```swift
/// let document = OpenAPIDocument(of: routes, info: ["title": "Shop", "version": "1.0.0"], conventions: conventions)
/// document.tree.jsonBytes()
/// ```
/// Routes without a description are not in it.
///
/// - Cost: milliseconds; made once.
public struct OpenAPIDocument: Sendable {
    /// The whole document.
    public let tree: JSONTree

    /// Describes routes.
    /// - Parameter info: OpenAPI's `info`.
    public init(of routes: [Route], info: JSONTree, conventions: OpenAPIConventions) {
        var components = OpenAPIComponents()
        var paths: [(path: String, operations: [JSONTree.Member])] = []
        for route in routes {
            guard let description = route.description else { continue }
            let operation = Operation(route: route, description: description, conventions: conventions)
                .json(&components)
            let member = JSONTree.Member(route.method.rawValue.lowercased(), operation)
            if let known = paths.firstIndex(where: { $0.path == route.path }) {
                paths[known].operations.append(member)
            } else {
                paths.append((route.path, [member]))
            }
        }
        let tags = conventions.tags.map { tag -> JSONTree in
            ["name": .string(tag.name), "description": .string(tag.text)]
        }
        let pathMembers = paths.map { JSONTree.Member($0.path, .object($0.operations)) }
        tree = [
            "openapi": "3.1.0",
            "info": info,
            // Relative to where the document was read: right behind every proxy.
            "servers": [["url": "/"]],
            "tags": .array(tags),
            "paths": .object(pathMembers),
            "components": components.json(securitySchemes: conventions.securitySchemes),
        ]
    }
}

/// One operation of the document.
private struct Operation {
    let route: Route
    let description: RouteDescription
    let conventions: OpenAPIConventions

    func json(_ components: inout OpenAPIComponents) -> JSONTree {
        var members: [JSONTree.Member] = [
            .init("operationId", .string(route.name)), .init("tags", [.string(description.tag)]),
            .init("summary", .string(description.summary)), .init("description", .string(description.text)),
            .init("security", conventions.security(route)), .init("x-access", .string(route.access)),
            .init("x-idempotency-key", .string(route.idempotency.rawValue)),
            .init("x-body-octets-max", .int(route.bodyMax)), .init("x-rate-limited", .bool(route.isRateLimited)),
        ]
        let common = conventions.parameters(route)
        let own = description.parameters.map { $0.json(&components) }
        let parameters = own + common.map { components.parameter($0) }
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
        if let body = description.body { members.append(.init("requestBody", self.body(body, &components))) }
        members.append(.init("responses", responses(&components)))
        return .object(members)
    }

    private func body(_ body: RouteBody, _ components: inout OpenAPIComponents) -> JSONTree {
        let content: JSONTree = ["schema": body.schema.json(&components), "example": body.schema.example]
        return ["required": .bool(body.isRequired), "content": .object([.init(body.mediaType, content)])]
    }

    private func responses(_ components: inout OpenAPIComponents) -> JSONTree {
        var responses: [(status: Int, json: JSONTree)] = description.answers.map { answer in
            (answer.status.code, self.answer(answer, &components))
        }
        let kinds = Set(description.problems + conventions.problems(route))
        // In a fixed order: every process must make the same document.
        let byStatus = Dictionary(grouping: kinds, by: \.status).sorted { $0.key.code < $1.key.code }
        for (status, kinds) in byStatus {
            if let taken = responses.firstIndex(where: { $0.status == status.code }) {
                responses[taken].json = Self.joined(responses[taken].json, problem(status, kinds, &components))
            } else {
                let codes = kinds.map(\.code).sorted().joined(separator: ".")
                responses.append((status.code, components.response(codes, problem(status, kinds, &components))))
            }
        }
        return .object(responses.sorted { $0.status < $1.status }.map { .init("\($0.status)", $0.json) })
    }

    /// An answer and a problem of one status: both contents.
    private static func joined(_ answer: JSONTree, _ problem: JSONTree) -> JSONTree {
        .object(
            (answer.members ?? []).map { member in
                member.name == "content"
                    ? .init("content", .object((member.value.members ?? []) + (problem["content"]?.members ?? [])))
                    : member
            })
    }

    private func answer(_ answer: RouteAnswer, _ components: inout OpenAPIComponents) -> JSONTree {
        var members: [JSONTree.Member] = [.init("description", .string(answer.text))]
        members.append(.init("headers", headers(answer.headers, answer.status, &components)))
        if !answer.contents.isEmpty {
            let contents = answer.contents.map { content -> JSONTree.Member in
                .init(
                    content.mediaType,
                    ["schema": content.schema.json(&components), "example": content.schema.example])
            }
            members.append(.init("content", .object(contents)))
        }
        return .object(members)
    }

    private func headers(
        _ own: [RouteHeader], _ status: HTTPStatus, _ components: inout OpenAPIComponents
    ) -> JSONTree {
        .object((own + conventions.headers(route, status)).map { .init($0.name, components.header($0)) })
    }

    private func problem(
        _ status: HTTPStatus, _ kinds: [Problem.Kind], _ components: inout OpenAPIComponents
    ) -> JSONTree {
        let kinds = kinds.sorted { $0.code < $1.code }
        let schema = Schema.allOf(
            [
                conventions.problem,
                .narrowing([
                    .optional("type", .choice(kinds.map { Problem.typeBase + $0.code })),
                    .optional("status", .constant(.int(status.code))),
                    .optional("code", .choice(kinds.map(\.code))),
                ]),
            ], example: .null)
        let examples = kinds.map { kind -> JSONTree.Member in
            .init(kind.code, components.example(kind.code, summary: kind.title, example(of: kind)))
        }
        let text = kinds.map { "`\($0.code)`: \($0.title)" }.joined(separator: "; ")
        return [
            "description": .string(text + "."),
            "headers": headers([], status, &components),
            "content": [
                "application/problem+json": ["schema": schema.json(&components), "examples": .object(examples)]
            ],
        ]
    }

    private func example(of kind: Problem.Kind) -> JSONTree {
        [
            "type": .string(Problem.typeBase + kind.code), "title": .string(kind.title),
            "status": .int(kind.status.code), "instance": "/requests/01KAZ6Z3Y8Q2M5B7R9T1V3X5Z7",
            "code": .string(kind.code),
        ]
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Testing

@testable import MarketApp

/// The description of the API, made from the routes that serve it.
struct SchemaRouteTests {
    private static let methods = ["get", "post", "put", "patch", "delete"]

    /// Every operation with the path and method it stands under.
    private func operations(_ document: JSONTree) -> [String: JSONTree] {
        var operations: [String: JSONTree] = [:]
        for path in document["paths"]?.members ?? [] {
            for operation in path.value.members ?? [] {
                operations["\(operation.name.uppercased()) \(path.name)"] = operation.value
            }
        }
        return operations
    }

    /// What a served route does not say of itself; empty for one that says everything.
    private func gaps(_ route: Route, _ operation: JSONTree?, _ document: JSONTree) -> [String] {
        guard let operation else { return ["it is not described"] }
        var gaps: [String] = []
        for text in ["summary", "description"] where (operation[text]?.string ?? "").isEmpty {
            gaps.append("no \(text)")
        }
        if (operation["tags"]?.elements ?? []).isEmpty { gaps.append("no tag") }
        if operation["security"]?.elements == nil { gaps.append("nobody knows who may call it") }
        if operation["x-access"]?.string != route.access { gaps.append("another access") }
        if operation["x-idempotency-key"]?.string != route.idempotency.rawValue { gaps.append("no idempotency") }
        if route.method == .post || route.method == .put {
            if operation["requestBody"] == nil { gaps.append("no request schema") }
            gaps += contents(operation["requestBody"], "request")
        }
        let names = parameters(operation, document)
        if route.idempotency == .accepted, !names.contains("header Idempotency-Key") { gaps.append("no key") }
        let query = names.filter { $0.hasPrefix("query ") }.map { String($0.dropFirst(6)) }
        // One that takes parameters of any name (a product's attributes) says which there are by examples.
        if let known = route.query {
            if query.sorted() != known.sorted() { gaps.append("other query parameters") }
        } else if query.isEmpty {
            gaps.append("no query parameters")
        }
        return gaps + responses(operation, document)
    }

    private func contents(_ holder: JSONTree?, _ what: String) -> [String] {
        (holder?["content"]?.members ?? []).flatMap { content -> [String] in
            var gaps: [String] = []
            if content.value["schema"]?.members?.isEmpty ?? true { gaps.append("no \(what) schema") }
            let examples = content.value["examples"]?.members ?? []
            if content.value["example"] == nil, examples.isEmpty { gaps.append("no \(what) example") }
            return gaps
        }
    }

    private func parameters(_ operation: JSONTree, _ document: JSONTree) -> [String] {
        (operation["parameters"]?.elements ?? []).map { parameter in
            let resolved = resolve(parameter, document)
            return "\(resolved["in"]?.string ?? "?") \(resolved["name"]?.string ?? "?")"
        }
    }

    private func responses(_ operation: JSONTree, _ document: JSONTree) -> [String] {
        let responses = operation["responses"]?.members ?? []
        var gaps: [String] = []
        if !responses.contains(where: { $0.name.hasPrefix("2") }) { gaps.append("no success") }
        var problems = 0
        for response in responses {
            let resolved = resolve(response.value, document)
            gaps += contents(resolved, "answer \(response.name)")
            if (resolved["description"]?.string ?? "").isEmpty { gaps.append("\(response.name) says nothing") }
            if resolved["headers"]?["X-Request-Id"] == nil { gaps.append("\(response.name) has no request id") }
            guard let problem = resolved["content"]?["application/problem+json"] else { continue }
            let codes = problem["schema"]?["allOf"]?.elements?.last?["properties"]?["code"]?["enum"]?.elements ?? []
            for code in codes {
                problems += 1
                let status = code.string.flatMap(ProblemCode.init(rawValue:))?.status
                if status.map(String.init) != response.name { gaps.append("\(code) under \(response.name)") }
            }
        }
        if problems == 0 { gaps.append("no problem types") }
        return gaps
    }

    private func resolve(_ value: JSONTree, _ document: JSONTree) -> JSONTree {
        guard let path = value["$ref"]?.string?.dropFirst(2).split(separator: "/") else { return value }
        return path.reduce(document) { $0[String($1)] ?? .null }
    }

    @Test func everyServedRouteSaysEverythingOfItself() async throws {
        let routes = try await RouteTable.routes()
        let document = SchemaRoute.document(of: routes).tree
        let operations = operations(document)
        #expect(operations.count == routes.count)
        for route in routes {
            let gaps = gaps(route, operations["\(route.method.rawValue) \(route.path)"], document)
            #expect(gaps.isEmpty, "\(route.method.rawValue) \(route.path): \(gaps.joined(separator: ", "))")
        }
    }

    @Test func aRouteThatSaysNothingIsFound() async throws {
        let route = Route(.post, "/api/new/", name: "new") { _ in .noContent }
        let document = SchemaRoute.document(of: try await RouteTable.routes() + [route]).tree
        #expect(gaps(route, operations(document)["POST /api/new/"], document) == ["it is not described"])
        let bare = route.described(as: RouteDescription(tag: "Service", summary: "", text: "", answers: []))
        let described = SchemaRoute.document(of: [bare]).tree
        let found = gaps(bare, operations(described)["POST /api/new/"], described)
        #expect(found.contains("no summary") && found.contains("no request schema") && found.contains("no success"))
    }

    @Test func everyReferenceLeadsSomewhere() async throws {
        let document = SchemaRoute.document(of: try await RouteTable.routes()).tree
        var references: Set<String> = []
        func collect(_ value: JSONTree) {
            if let reference = value["$ref"]?.string { references.insert(reference) }
            for member in value.members ?? [] { collect(member.value) }
            for element in value.elements ?? [] { collect(element) }
        }
        collect(document)
        #expect(references.count > 50)
        for reference in references {
            #expect(resolve(["$ref": .string(reference)], document) != .null, "\(reference)")
        }
    }

    @Test func theDocumentIsServedInBothFormsWithATag() async throws {
        let routes = try await RouteTable.routes()
        // It is the last of them; this one makes its forms on no loop.
        #expect(routes.last?.name == "schema")
        let router = Router([SchemaRoute.route(describing: routes.dropLast())])
        let json = await router.respond(to: "GET /schema/ HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(json.status == .ok)
        #expect(json.contentType == .json)
        #expect(json.body == SchemaRoute.document(of: routes).tree.jsonBytes())
        #expect(try JSONDocument(parsing: json.body).root["openapi"]?.string == "3.1.0")
        #expect(json.header("Cache-Control") == "public, no-cache")
        let yaml = await router.respond(to: "GET /schema?format=yaml HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(yaml.contentType == .other("application/yaml"))
        #expect(yaml.body.starts(with: "openapi: \"3.1.0\"\n".utf8))
        let tag = try #require(json.header("ETag"))
        #expect(yaml.header("ETag") != tag)
        let known = await router.respond(
            to: "GET /schema/ HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(tag)\r\n\r\n")
        #expect(known.status == .notModified)
        #expect(known.body.isEmpty)
        // What was made is kept: whoever asks later, however many at once, gets the same octets.
        await withTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 {
                group.addTask { await router.respond(to: "GET /schema/ HTTP/1.1\r\nHost: a\r\n\r\n").body }
            }
            for await body in group { #expect(body == json.body) }
        }
    }

    @Test(
        "refuses other forms",
        arguments: [("format=xml", 422), ("format=json&format=yaml", 400), ("form=json", 400), ("format=", 422)])
    func refusesOtherForms(query: String, status: Int) async throws {
        let router = Router([SchemaRoute.route(describing: [])])
        let response = await router.respond(to: "GET /schema/?\(query) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(response.status.code == status)
    }
}

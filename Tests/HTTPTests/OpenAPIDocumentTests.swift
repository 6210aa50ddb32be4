// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct OpenAPIDocumentTests {
    private static let thing = Schema.object(
        [
            .required("id", .string(length: 1...9, pattern: "^t", example: "t1")),
            .optional("size", Schema.integer(0...5, example: 3).orNull),
            .required("parts", .array(of: .reference(to: "Thing", example: .null), example: [])),
        ], isClosed: true
    ).named("Thing")

    private static let taken = Problem.Kind("taken", .conflict, "Taken")
    private static let gone = Problem.Kind("gone", .notFound, "Gone")

    private static let conventions = OpenAPIConventions(
        tags: [("Things", "What there is.")], securitySchemes: [],
        security: { $0.access == "none" ? [] : [["bearer": []]] },
        parameters: { $0.idempotency == .accepted ? [.header("Key", "Once.", .string(example: "k"))] : [] },
        problems: { _ in [gone] },
        headers: { _, status in
            status == .conflict ? [RouteHeader("Retry-After", "Wait.", .integer(example: 1), isAlways: true)] : []
        },
        problem: Schema.object([.required("code", .string(example: "x"))]).named("Problem"))

    private static let routes = [
        Route(.get, "/thing/", name: "thing.get", query: ["id"]) { _ in .noContent }
            .described(
                as: RouteDescription(
                    tag: "Things", summary: "Read", text: "One.",
                    parameters: [.query("id", "Which.", .string(example: "t1"), isRequired: true)],
                    answers: [.json(.ok, "It.", thing)])),
        Route(.post, "/thing/", name: "thing.make", access: "any", idempotency: .accepted) { _ in .noContent }
            .described(
                as: RouteDescription(
                    tag: "Things", summary: "Make", text: "One.", body: .json(thing),
                    answers: [.empty(.noContent, "Done.")], problems: [taken])),
        Route(.get, "/hidden/", name: "hidden") { _ in .noContent },
    ]

    private static let document = OpenAPIDocument(
        of: routes, info: ["title": "T", "version": "1"], conventions: conventions
    ).tree

    private func at(_ path: String...) -> JSONTree? {
        path.reduce(Optional(Self.document)) { $0?[$1] }
    }

    @Test func pathsHoldTheirMethodsAndOnlyWhatIsDescribed() {
        #expect(at("paths")?.members?.map(\.name) == ["/thing/"])
        #expect(at("paths", "/thing/")?.members?.map(\.name) == ["get", "post"])
        #expect(at("paths", "/thing/", "get", "security") == [])
        #expect(at("paths", "/thing/", "post", "security") == [["bearer": []]])
        #expect(at("paths", "/thing/", "post", "x-idempotency-key") == "accepted")
        #expect(at("paths", "/thing/", "post", "operationId") == "thing.make")
    }

    @Test func aNamedSchemaStandsOnceAndMayContainItself() {
        let reference: JSONTree = ["$ref": "#/components/schemas/Thing"]
        #expect(at("components", "schemas")?.members?.map(\.name) == ["Problem", "Thing"])
        #expect(at("components", "schemas", "Thing", "properties", "parts", "items") == reference)
        #expect(at("components", "schemas", "Thing", "required") == ["id", "parts"])
        #expect(at("components", "schemas", "Thing", "properties", "size", "type") == ["integer", "null"])
        #expect(at("components", "schemas", "Thing", "additionalProperties") == false)
        let content = at("paths", "/thing/", "get", "responses", "200", "content", "application/json")
        #expect(content?["schema"] == reference)
        #expect(content?["example"] == ["id": "t1", "size": 3, "parts": []])
    }

    @Test func problemsAreGroupedByStatus() {
        let responses = at("paths", "/thing/", "post", "responses")
        #expect(responses?.members?.map(\.name) == ["204", "404", "409"])
        #expect(responses?["409"] == ["$ref": "#/components/responses/taken"])
        let taken = at("components", "responses", "taken")
        let narrowed = taken?["content"]?["application/problem+json"]?["schema"]?["allOf"]?.elements
        #expect(narrowed?.first == ["$ref": "#/components/schemas/Problem"])
        #expect(narrowed?.last?["properties"]?["code"]?["enum"] == ["taken"])
        #expect(narrowed?.last?["properties"]?["status"] == ["const": 409])
        #expect(taken?["headers"]?.members?.map(\.name) == ["Retry-After"])
        #expect(at("components", "examples", "taken", "value", "status") == 409)
    }

    @Test func parametersAreTheRoutesOwnAndTheCommonOnes() {
        let own = at("paths", "/thing/", "get", "parameters")?.elements
        #expect(own?.map { $0["name"] } == ["id"])
        #expect(own?.first?["required"] == true)
        #expect(at("paths", "/thing/", "post", "parameters") == [["$ref": "#/components/parameters/Key"]])
    }

    @Test func aForbiddenMemberIsNoPartOfTheExample() {
        var components = OpenAPIComponents()
        let schema = Schema.object([.required("a", .constant(1)), .forbidden("b")])
        #expect(schema.example == ["a": 1])
        #expect(schema.json(&components)["properties"]?["b"] == ["not": [:]])
        #expect(schema.json(&components)["required"] == ["a"])
    }

    @Test func aSecondContentOfOneNameGetsANameOfItsOwn() {
        var components = OpenAPIComponents()
        let first = components.response("a", ["description": "one"])
        #expect(components.response("a", ["description": "two"]) == ["$ref": "#/components/responses/a.2"])
        #expect(components.response("a", ["description": "one"]) == first)
    }

    @Test func theSameTableIsTheSameDocument() {
        let again = OpenAPIDocument(
            of: Self.routes, info: ["title": "T", "version": "1"], conventions: Self.conventions)
        #expect(again.tree.jsonBytes() == Self.document.jsonBytes())
    }

    @Test func aNamedSchemaThatMayBeNullIsEitherOne() {
        var components = OpenAPIComponents()
        #expect(
            Self.thing.orNull.json(&components) == [
                "anyOf": [["$ref": "#/components/schemas/Thing"], ["type": "null"]]
            ])
        #expect(
            Self.thing.says("Mine.").json(&components) == [
                "allOf": [["$ref": "#/components/schemas/Thing"]], "description": "Mine.",
            ])
        #expect(Schema.choice(["a", "b"]).orNull.json(&components)["enum"] == ["a", "b", .null])
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct RouterFallbackTests {
    private static let routes = [
        Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        Route.immediate(.get, "/hello/{name}/", name: "named") { request in
            .text("hello " + (request.parameters["name"] ?? ""))
        },
    ]

    private static let fallback = Route(.get, "/", name: "fallback", query: nil) { request in
        let lines = request.headerLines.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        return .text("\(request.method.rawValue) \(request.path) \(lines)", .badRequest)
    }

    @Test(arguments: [
        ("GET", "/hello", "hello"), ("GET", "/hello/asha", "hello asha"),
        ("GET", "/nothing", "outer: GET /nothing Host=a;X-One=1;x-one=2"),
        ("DELETE", "/hello/", "outer: DELETE /hello/ Host=a;X-One=1;x-one=2"),
        ("POST", "/hello/asha/?x=1", "outer: POST /hello/asha/ Host=a;X-One=1;x-one=2"),
    ])
    func takesWhatNoRouteTakes(method: String, target: String, expected: String) async throws {
        let router = Router(
            Self.routes,
            middleware: [
                { _, next in
                    { request in
                        var response = try await next(request)
                        response.body = Array("outer: ".utf8) + response.body
                        return response
                    }
                }
            ], fallback: Self.fallback)
        let answer = await router.respond(
            to: "\(method) \(target) HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-one:2\r\n\r\n")
        #expect(String(decoding: answer.body, as: UTF8.self) == expected)
        #expect(answer.status.code == (expected.hasPrefix("outer") ? 400 : 200))
    }

    @Test func optionsStillTellsTheMethods() async throws {
        let router = Router(Self.routes, fallback: Self.fallback)
        let answer = await router.respond(to: "OPTIONS /hello/ HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.status.code == 204)
        #expect(answer.header("Allow") == "GET, HEAD, OPTIONS")
    }

    @Test func withoutOneNothingIsFound() async throws {
        let answer = await Router(Self.routes).respond(to: "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.status.code == 404)
    }
}

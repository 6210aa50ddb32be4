// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct RouterTests {
    private static func route(_ method: HTTPMethod, _ path: String) -> Route {
        Route(method, path, name: "\(method.rawValue) \(path)") { request in
            .text(request.route.name + request.parameters.map { " \($0.key)=\($0.value)" }.sorted().joined())
        }
    }

    private static let router = Router([
        route(.get, "/"), route(.get, "/a/"), route(.post, "/a/"), route(.head, "/b/"), route(.get, "/a/b/"),
        route(.options, "/c/"), route(.get, "/c/"), route(.get, "/t/{id}/"), route(.put, "/t/{id}/"),
        route(.get, "/t/{id}/x/{other}/"), route(.get, "/t/fixed/"),
    ])

    private func answer(_ request: String) async -> HTTPResponse {
        await Self.router.respond(to: "\(request) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test(
        "finds the route by method and path",
        arguments: [
            ("GET /", "GET /"), ("GET http://a", "GET /"), ("GET /a/", "GET /a/"), ("GET /a", "GET /a/"),
            ("POST /a", "POST /a/"), ("HEAD /a/", "GET /a/"), ("HEAD /b", "HEAD /b/"), ("GET /a/b", "GET /a/b/"),
            ("GET /%61/", "GET /a/"), ("GET /x/../a", "GET /a/"), ("OPTIONS /c/", "OPTIONS /c/"),
            ("GET /t/5/", "GET /t/{id}/ id=5"), ("PUT /t/a%20b", "PUT /t/{id}/ id=a b"),
            ("GET /t/5/x/6", "GET /t/{id}/x/{other}/ id=5 other=6"), ("GET /t/fixed", "GET /t/fixed/"),
            ("GET /t/é".replacing("é", with: "%C3%A9"), "GET /t/{id}/ id=é"),
        ])
    func finds(request: String, expected: String) async {
        let response = await answer(request)
        #expect(response.status == .ok)
        #expect(String(decoding: response.body, as: UTF8.self) == expected)
    }

    @Test(
        "knows no other path",
        arguments: [
            "/b/c/", "/a//", "//a/", "/A/", "/aa/", "/t/", "/t//", "/t//x/6/", "/t/5/y/6/", "/t/5/x/", "/a/b/c/",
        ])
    func nothing(path: String) async {
        #expect(await answer("GET \(path)").status == .notFound)
    }

    @Test(
        "lists the methods of a path",
        arguments: [
            ("/a/", "GET, HEAD, POST, OPTIONS"), ("/b/", "HEAD, OPTIONS"), ("/t/9/", "GET, HEAD, PUT, OPTIONS"),
            ("/", "GET, HEAD, OPTIONS"),
        ])
    func allow(path: String, expected: String) async {
        let refused = await answer("DELETE \(path)")
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.header("allow") == expected)
        let options = await answer("OPTIONS \(path)")
        #expect(options.status == .noContent)
        #expect(options.header("allow") == expected)
    }

    @Test func allowOfTheServerHasEveryMethodOfAnyRoute() async {
        #expect(await answer("OPTIONS *").header("allow") == "GET, HEAD, POST, PUT, OPTIONS")
    }

    @Test func manyPathsAreAllFound() async {
        let paths = (0..<500).map { "/api/p\($0)/" }
        let router = Router(paths.map { Self.route(.get, $0) })
        for path in paths {
            let response = await router.respond(to: "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(String(decoding: response.body, as: UTF8.self) == "GET \(path)")
        }
    }

    @Test func theFirstMiddlewareIsTheOutermost() async {
        func mark(_ name: String) -> Middleware {
            { _, next in
                { request in
                    var response = try await next(request)
                    response.headers.append(HTTPHeader("X-Passed", name))
                    return response
                }
            }
        }
        let router = Router(
            [Self.route(.get, "/a/"), .immediate(.get, "/b/", name: "b") { _ in .text("b") }],
            middleware: [mark("outer"), mark("inner")])
        let response = await router.respond(to: "GET /a/ HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(response.headers.map(\.value) == ["inner", "outer"])
        // Immediate handlers are not wrapped.
        #expect(await router.respond(to: "GET /b/ HTTP/1.1\r\nHost: a\r\n\r\n").headers.isEmpty)
    }

    @Test("refuses unknown query parameters and passes the known ones on")
    func queryParameters() async {
        let strict = Route(.get, "/q/", name: "q", query: ["id", "é"]) { request in
            .text(request.query.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))
        }
        let router = Router([
            strict, Route(.get, "/any/", name: "any", query: nil) { .text($0.query["x"] ?? "none") },
            Self.route(.get, "/none/"),
        ])
        func body(_ target: String) async -> (Int, String) {
            let response = await router.respond(to: "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            return (response.status.code, String(decoding: response.body, as: UTF8.self))
        }
        #expect(await body("/q/?id=1&%C3%A9=2&id=3") == (200, "id=1&é=2&id=3"))
        #expect(await body("/q/?") == (200, ""))
        #expect(await body("/any/?x=1&y=2") == (200, "1"))
        #expect(await body("/none/?x").0 == 400)
        let (status, text) = await body("/q/?id=1&ID=2&z=3")
        #expect(status == 400)
        #expect(text.contains("\"code\":\"unknown-parameter\""))
        #expect(text.contains("\"parameter\":\"ID\""))
        #expect(text.contains("\"parameter\":\"z\""))
        #expect(!text.contains("\"parameter\":\"id\""))
    }

    // MARK: Mistakes of ours end the process at the start

    @Test func twoRoutesOfOneMethodAndPathAreRefused() async {
        await #expect(processExitsWith: .failure) {
            _ = Router([
                Route(.get, "/a/", name: "one") { _ in .noContent }, Route(.get, "/a", name: "two") { _ in .noContent },
            ])
        }
    }

    @Test func twoTemplatesOfOneShapeAreRefused() async {
        await #expect(processExitsWith: .failure) {
            _ = Router([
                Route(.get, "/a/{id}/", name: "one") { _ in .noContent },
                Route(.get, "/a/{name}/", name: "two") { _ in .noContent },
            ])
        }
    }

    @Test func aPathWithoutItsFirstSlashIsRefused() async {
        await #expect(processExitsWith: .failure) { _ = Route(.get, "a/", name: "one") { _ in .noContent } }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import HTTP

/// Pages of other origins, on answers of handlers and on those that no handler gives.
@Suite(.timeLimit(.minutes(1))) struct CrossOriginTests {
    private struct Broken: Error {}

    private static let routes = [
        Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        Route(.post, "/act/", name: "act", bodyMax: 10) { _ in .noContent },
        Route(.put, "/act/", name: "act.put") { _ in .noContent },
        Route(.get, "/limited/", name: "limited") { _ in
            throw Problem(Problem.Kind("rate-limited", .tooManyRequests, "Rate limited"))
        },
        Route(.get, "/broken/", name: "broken") { _ in throw Broken() },
    ]

    private static func run(_ body: @escaping @Sendable (LiveServer) async throws -> Void) async throws {
        try await LiveServer.run(
            routes,
            configure: {
                $0.crossOrigin = CrossOriginPolicy(
                    origins: ["https://shop.example", "http://localhost:3000"],
                    requestFields: ["Authorization", "X-Own"], responseFields: ["X-Request-Id"], preflightMaxAge: 60)
            }, body)
    }

    @Test func listedOriginsMayReadAndEveryAnswerVaries() async throws {
        try await Self.run { server in
            let client = try await server.connect()
            for origin in ["https://shop.example", "http://localhost:3000"] {
                let answer = try await client.ask(get("/hello/", "Origin: \(origin)\r\n"))
                #expect(answer.field("access-control-allow-origin") == origin)
                #expect(answer.field("access-control-expose-headers") == "X-Request-Id")
                #expect(answer.field("access-control-allow-credentials") == nil)
                #expect(answer.field("vary") == "Origin")
            }
            let plain = try await client.ask(get("/hello/"))
            #expect(plain.field("access-control-allow-origin") == nil)
            #expect(plain.field("vary") == "Origin")
        }
    }

    @Test(
        "what is not listed octet by octet is not let in",
        arguments: [
            "https://shop.example.evil.test", "https://evil-shop.example", "http://shop.example",
            "https://shop.example:444",
            "https://shop.example/", "https://SHOP.example", "null", "*", "",
            "https://shop.example, http://localhost:3000",
        ])
    func refuses(origin: String) async throws {
        try await Self.run { server in
            let client = try await server.connect()
            let answer = try await client.ask(get("/hello/", "Origin: \(origin)\r\n"))
            #expect(answer.status == 200)
            #expect(!answer.fields.contains { $0.name.hasPrefix("access-control-") })
            let preflight = try await client.ask(
                "OPTIONS /act/ HTTP/1.1\r\nHost: a\r\nOrigin: \(origin)\r\nAccess-Control-Request-Method: POST\r\n\r\n")
            #expect(!preflight.fields.contains { $0.name.hasPrefix("access-control-") })
        }
    }

    @Test func aRepeatedOriginIsNone() async throws {
        try await Self.run { server in
            let client = try await server.connect()
            let line = "Origin: https://shop.example\r\n"
            let answer = try await client.ask(get("/hello/", line + line))
            #expect(!answer.fields.contains { $0.name.hasPrefix("access-control-") })
        }
    }

    @Test func preflightsNameOurMethodsAndFieldsOnly() async throws {
        try await Self.run { server in
            let client = try await server.connect()
            let answer = try await client.ask(
                """
                OPTIONS /act/ HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\n\
                Access-Control-Request-Method: DELETE\r\nAccess-Control-Request-Headers: x-evil\r\n\r\n
                """)
            #expect(answer.status == 204)
            #expect(answer.field("access-control-allow-methods") == "POST, PUT, OPTIONS")
            #expect(answer.field("access-control-allow-headers") == "Authorization, X-Own")
            #expect(answer.field("access-control-max-age") == "60")
            #expect(answer.field("access-control-allow-origin") == "https://shop.example")
            // Without the question it is an OPTIONS request like any other.
            let plain = try await client.ask(
                "OPTIONS /act/ HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\n\r\n")
            #expect(plain.field("allow") == "POST, PUT, OPTIONS")
            #expect(plain.field("access-control-allow-methods") == nil)
            let nowhere = try await client.ask(
                """
                OPTIONS /none/ HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\n\
                Access-Control-Request-Method: GET\r\n\r\n
                """)
            #expect(nowhere.status == 404)
            #expect(nowhere.field("access-control-allow-origin") == "https://shop.example")
            #expect(nowhere.field("access-control-allow-methods") == nil)
        }
    }

    @Test func errorsCanBeReadToo() async throws {
        try await Self.run { server in
            let origin = "Origin: https://shop.example\r\n"
            let requests = [
                (404, get("/none/", origin)), (405, post("/hello/", "", origin)), (429, get("/limited/", origin)),
                (500, get("/broken/", origin)), (400, get("/hello/?x=%zz", origin)),
                (413, post("/act/", "12345678901", origin)), (417, get("/hello/", origin + "Expect: cake\r\n")),
                (501, "BREW /hello/ HTTP/1.1\r\nHost: a\r\n\(origin)\r\n"),
                (
                    400,
                    "POST /act/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\(origin)\r\nzz\r\n"
                ),
            ]
            for (status, request) in requests {
                let client = try await server.connect()
                let answer = try await client.ask(request)
                #expect(answer.status == status)
                #expect(answer.field("access-control-allow-origin") == "https://shop.example", "\(status)")
                #expect(answer.field("vary") == "Origin", "\(status)")
            }
        }
    }

    @Test func withoutAPolicyNothingIsSaid() async throws {
        try await LiveServer.run(Self.routes) { server in
            let client = try await server.connect()
            let answer = try await client.ask(get("/hello/", "Origin: https://shop.example\r\n"))
            #expect(!answer.fields.contains { $0.name.hasPrefix("access-control-") || $0.name == "vary" })
        }
    }
}

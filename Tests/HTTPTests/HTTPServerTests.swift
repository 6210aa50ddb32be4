// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@testable import HTTP

/// One connection at a time, over real sockets: what is answered, and whether the connection goes on.
@Suite(.timeLimit(.minutes(5))) struct HTTPServerTests {
    private struct Broken: Error { let secret = "SELECT * FROM users at /srv/mve" }

    private static let routes = [
        Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        Route(.get, "/task/", name: "task") { _ in
            await Task.yield()
            return .text("task")
        },
        Route(.post, "/echo/", name: "echo", bodyMax: 64) { request in
            HTTPResponse(.ok, contentType: .bytes, body: request.body)
        },
        Route(.get, "/fails/", name: "fails") { _ in throw Broken() },
        Route.immediate(.get, "/fails-at-once/", name: "fails.at-once") { _ in throw Broken() },
        Route(.get, "/splits/", name: "splits") { _ in
            HTTPResponse(.ok, contentType: .text, headers: [HTTPHeader("Location", "/a\r\nSet-Cookie: b=c")])
        },
        Route(.get, "/claims/", name: "claims") { _ in
            HTTPResponse(.ok, contentType: .text, headers: [HTTPHeader("Content-Length", "100")])
        },
        Route(.get, "/withheld/", name: "withheld") { _ in
            var response = HTTPResponse.text("secret")
            response.isWithheld = true
            return response
        },
        Route(.get, "/nothing/", name: "nothing") { _ in .noContent },
        Route(.delete, "/hello/", name: "hello.delete") { _ in .noContent },
        Route(.get, "/last/", name: "last") { _ in
            var response = HTTPResponse.text("last")
            response.closesConnection = true
            return response
        },
    ]

    private func run(
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (LiveServer) async throws -> Void
    ) async throws { try await LiveServer.run(Self.routes, configure: configure, body) }

    @Test func keepsTheConnectionAndAnswersInOrder() async throws {
        try await run { live in
            let client = try await live.connect()
            for _ in 0..<3 {
                let answer = try await client.ask(get("/hello/"))
                #expect(answer.status == 200)
                #expect(answer.body == "hello")
                #expect(answer.field("connection") == nil)
                #expect(answer.count("content-length") == 1)
                #expect(answer.count("date") == 1)
                #expect(answer.field("transfer-encoding") == nil)
                #expect(answer.field("server") == nil)
                #expect(answer.field("x-content-type-options") == "nosniff")
                #expect(answer.field("x-request-id")?.count == 26)
            }
            await client.send(
                post("/echo/", "first") + get("/task/") + get("/hello")
                    + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthird\r\n0\r\n\r\n")
            var bodies: [String] = []
            for _ in 0..<4 { bodies.append(try await client.answer().body) }
            #expect(bodies == ["first", "task", "hello", "third"])
            #expect(live.server.connectionCount == 1)
        }
    }

    @Test func aRequestMayArriveOctetByOctet() async throws {
        try await run { live in
            let client = try await live.connect()
            try await client.trickle(post("/echo/", "slowly") + get("/hello/"))
            #expect(try await client.answer().body == "slowly")
            #expect(try await client.answer().body == "hello")
        }
    }

    @Test(
        "refuses with a problem document and keeps or ends the connection",
        arguments: [
            (get("/none/"), 404, "not-found", true), (post("/hello/", "x"), 405, "method-not-allowed", true),
            ("BREW /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented", true),
            ("TRACE /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented", false),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented", false),
            ("GET /hello/ HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version-not-supported", false),
            ("GET /hello/ HTTP/1.1\r\n\r\n", 400, "malformed-request", false),
            ("GET /hello/ HTTP/1.1\nHost: a\n\n", 400, "malformed-request", false),
            ("\u{16}\u{3}\u{1}", 400, "malformed-request", false),
            (get("/hello/?x=1"), 400, "unknown-parameter", true), (get("/hello/?%"), 400, "malformed-request", true),
            (get("/hello/", "Expect: a miracle\r\n"), 417, "expectation-failed", true),
            (get("/fails/"), 500, "internal-error", true), (get("/fails-at-once/"), 500, "internal-error", true),
            (get("/splits/"), 500, "internal-error", true), (get("/claims/"), 500, "internal-error", true),
            (
                "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri-too-long",
                false
            ),
            (get("/hello/", "X: \(String(repeating: "b", count: 17_000))\r\n"), 431, "headers-too-large", false),
            (get("/hello/", String(repeating: "X: y\r\n", count: 100)), 431, "headers-too-large", false),
            (post("/echo/", String(repeating: "c", count: 65)), 413, "payload-too-large", false),
            (
                "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 413,
                "payload-too-large", false
            ),
            (
                "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
                "not-implemented", false
            ),
            (
                "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400, "malformed-request", false
            ),
        ])
    func refuses(request: String, status: Int, code: String, keeps: Bool) async throws {
        try await run { live in
            let client = try await live.connect()
            // What stands behind a refusal that closes must not be taken for a request.
            await client.send(request + get("/hello/"))
            let answer = try await client.answer()
            #expect(answer.status == status)
            #expect(answer.field("content-type") == "application/problem+json")
            #expect(answer.body.contains("\"code\":\"\(code)\""))
            #expect(answer.body.contains("\"instance\":\"/requests/\(answer.field("x-request-id") ?? "none")\""))
            #expect(!answer.body.contains("SELECT"))
            #expect(!answer.body.contains("/srv"))
            #expect((answer.field("connection") == "close") == !keeps)
            if keeps {
                #expect(try await client.answer().body == "hello")
            } else {
                #expect(try await client.untilEnd() == "")
                #expect(await client.error == nil)
            }
        }
    }

    @Test(
        "serves a path with and without its last slash", arguments: ["/hello", "/hello/", "/./hello/", "/x/../hello"])
    func lastSlash(path: String) async throws {
        try await run { live in
            let answer = try await live.connect().ask(get(path))
            #expect(answer.status == 200)
            #expect(answer.body == "hello")
        }
    }

    @Test func headHasTheFieldsOfGetAndNoBody() async throws {
        try await run { live in
            let client = try await live.connect()
            let full = try await client.ask(get("/hello/"))
            let head = try await client.ask("HEAD /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
            let own = ["date", "x-request-id"]
            #expect(head.status == 200)
            #expect(head.fields.map(\.name) == full.fields.map(\.name))
            #expect(
                head.fields.filter { !own.contains($0.name) }.map(\.value)
                    == full.fields.filter { !own.contains($0.name) }.map(\.value))
            // A refusal of HEAD has no body either: the next answer would begin with it.
            #expect(try await client.ask("HEAD /none/ HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true).status == 404)
            #expect(try await client.ask(get("/hello/")).body == "hello")
        }
    }

    @Test func aWithheldAnswerClosesTheConnectionWithoutAnOctet() async throws {
        try await run { live in
            let client = try await live.connect()
            await client.send(get("/withheld/") + get("/hello/"))
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func optionsAndRefusedMethodsListWhatIsAllowed() async throws {
        try await run { live in
            let client = try await live.connect()
            let refused = try await client.ask("PUT /hello/ HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(refused.status == 405)
            #expect(refused.field("allow") == "GET, HEAD, DELETE, OPTIONS")
            let options = try await client.ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(options.status == 204)
            #expect(options.field("allow") == "GET, HEAD, DELETE, OPTIONS")
            #expect(options.field("content-length") == nil)
            let all = try await client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(all.field("allow") == "GET, HEAD, POST, DELETE, OPTIONS")
            #expect(try await client.ask("OPTIONS /none/ HTTP/1.1\r\nHost: a\r\n\r\n").status == 404)
            let empty = try await client.ask(get("/nothing/"))
            #expect(empty.status == 204)
            #expect(empty.field("content-length") == nil)
            #expect(empty.field("content-type") == nil)
        }
    }

    @Test func oldClientsAreClosedUnlessTheyAskToStay() async throws {
        try await run { live in
            let old = try await live.connect()
            let answer = try await old.ask("GET /hello/ HTTP/1.0\r\n\r\n")
            #expect(answer.body == "hello")
            #expect(answer.field("connection") == "close")
            #expect(try await old.untilEnd() == "")
            let staying = try await live.connect()
            let kept = try await staying.ask("GET /hello/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(kept.field("connection") == "keep-alive")
            #expect(try await staying.ask(get("/hello/")).field("connection") == nil)
        }
    }

    @Test(
        "processes nothing behind a last request",
        arguments: [get("/hello/", "Connection: close\r\n"), get("/task/", "Connection: x, Close\r\n"), get("/last/")])
    func closing(request: String) async throws {
        try await run { live in
            let client = try await live.connect()
            await client.send(request + post("/echo/", "never"))
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.field("connection") == "close")
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func aConnectionServesABoundedNumberOfRequests() async throws {
        try await run(configure: { $0.requestsPerConnectionMax = 3 }) { live in
            let client = try await live.connect()
            await client.send(String(repeating: get("/hello/"), count: 5))
            #expect(try await client.answer().field("connection") == nil)
            #expect(try await client.answer().field("connection") == nil)
            #expect(try await client.answer().field("connection") == "close")
            #expect(try await client.untilEnd() == "")
        }
    }

    // MARK: Bodies

    @Test func aRefusedBodyIsReadAndDroppedUpToABound() async throws {
        try await run(configure: { $0.discardMax = 100 }) { live in
            let client = try await live.connect()
            // Looks like a request, and is a body.
            let hidden = get("/hello/")
            await client.send(post("/none/", hidden) + get("/task/"))
            #expect(try await client.answer().status == 404)
            #expect(try await client.answer().body == "task")
            let closing = try await client.ask(post("/none/", String(repeating: "x", count: 101)))
            #expect(closing.status == 404)
            #expect(closing.field("connection") == "close")
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func anAnswerOutlivesABodyThatNobodyReads() async throws {
        try await run { live in
            let client = try await live.connect()
            // Far more than the limit: closing at once would destroy the answer by a reset.
            await client.send(post("/echo/", String(repeating: "x", count: 500_000)))
            #expect(try await client.answer().status == 413)
            #expect(try await client.untilEnd() == "")
            #expect(await client.error == nil)
        }
    }

    @Test func anIncompleteRequestNeverReachesAHandler() async throws {
        try await run { live in
            for cut in [
                "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
                "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
                "GET /hello/ HTTP/1.1\r\nHost: a\r\n",
            ] {
                let client = try await live.connect()
                await client.send(cut)
                await client.finish()
                #expect(try await client.untilEnd() == "")
            }
        }
    }

    @Test func aClientThatHasEndedIsStillAnswered() async throws {
        try await run { live in
            let client = try await live.connect()
            await client.send(get("/task/") + post("/echo/", "end"))
            await client.finish()
            #expect(try await client.answer().body == "task")
            #expect(try await client.answer().body == "end")
            #expect(try await client.untilEnd() == "")
        }
    }

    @Test func expectationsAreMetBeforeTheBody() async throws {
        let head = "POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: "
        try await run { live in
            let client = try await live.connect()
            #expect(try await client.ask(head + "2\r\n\r\n").status == 100)
            #expect(try await client.ask("hi").body == "hi")
            // The body has begun: nobody waits for a 100.
            let begun = try await client.ask(head + "2\r\n\r\nho")
            #expect(begun.status == 200)
            #expect(begun.body == "ho")
            let tooLong = try await live.connect()
            #expect(try await tooLong.ask(head + "65\r\n\r\n").status == 413)
            #expect(try await tooLong.untilEnd() == "")
            let elsewhere = try await live.connect()
            await elsewhere.send("POST /none/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            #expect(try await elsewhere.answer().status == 404)
            #expect(try await elsewhere.untilEnd() == "")
            let old = try await live.connect()
            let answer = try await old.ask(
                "POST /echo/ HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
            #expect(answer.status == 200)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    @Test func getsAnAnswerWithItsHeaders() async throws {
        let react: @Sendable (Int, String) -> Reaction = { _, _ in
            .ok("hello", headers: "X-One:  a b \r\nx-two: 1\r\nX-Two: 2\r\nX-None:\r\n")
        }
        try await withServer(react: react) { client, server in
            let answer = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/a?b=c")))
            #expect(answer.status == 200)
            #expect(answer.body == Array("hello".utf8))
            #expect(answer.header("x-ONE") == "a b")
            #expect(answer.headers.filter { $0.name.lowercased() == "x-two" }.map(\.value) == ["1", "2"])
            #expect(answer.header("x-none") == "")
            #expect(answer.header("x-three") == nil)
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
            #expect(request.contains("User-Agent: mve\r\n"))
        }
    }

    @Test func sendsJSONWithBasicCredentials() async throws {
        try await withServer { client, server in
            let body = Array(#"{"amount":100}"#.utf8)
            let auth = HTTPClientRequest.BasicAuth(user: "Aladdin", password: "open sesame")
            _ = try await client.send(.json(method: "POST", url: server.url("/v1/orders"), body: body, basicAuth: auth))
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /v1/orders HTTP/1.1\r\n"))
            // RFC 7617 §2.
            #expect(request.contains("\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"))
            #expect(request.contains("\r\nContent-Type: application/json\r\n"))
            #expect(request.contains("\r\nContent-Length: 14\r\n"))
            #expect(!request.contains("Expect"))
            #expect(!request.contains("x-www-form-urlencoded"))
            #expect(request.hasSuffix(#"{"amount":100}"#))
        }
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func everyMethodWithAndWithoutABody(method: String) async throws {
        try await withServer { client, server in
            let bare = try await client.send(HTTPClientRequest(method: method, url: server.url("/")))
            let full = try await client.send(
                HTTPClientRequest(method: method, url: server.url("/"), body: [0x7B, 0x7D]))
            #expect(bare.status == 200)
            #expect(full.status == 200)
            #expect(server.requests.allSatisfy { $0.hasPrefix("\(method) / HTTP/1.1\r\n") })
            #expect(server.requests[1].hasSuffix("\r\n\r\n{}"))
            #expect(!server.requests.contains { $0.contains("x-www-form-urlencoded") })
        }
    }

    @Test func headTakesNoBody() async throws {
        let react: @Sendable (Int, String) -> Reaction = { _, _ in
            .answer("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n")
        }
        try await withServer(react: react) { client, server in
            let answer = try await client.send(HTTPClientRequest(method: "HEAD", url: server.url("/")))
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
        }
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        try await withServer { client, server in
            let body = [UInt8](repeating: 0x61, count: 3_000_000)
            _ = try await client.send(HTTPClientRequest(method: "POST", url: server.url("/"), body: body))
            #expect(server.requests[0].hasSuffix(String(repeating: "a", count: 3_000_000)))
        }
    }

    @Test func errorStatusesAreAnswersAndRedirectsAreNotFollowed() async throws {
        let react: @Sendable (Int, String) -> Reaction = { number, _ in
            number == 0
                ? .answer("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
                : .answer("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno")
        }
        try await withServer(react: react) { client, server in
            let moved = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            let busy = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            #expect(moved.status == 302)
            #expect(busy.status == 503)
            #expect(busy.body == Array("no".utf8))
            #expect(server.requests.count == 2)
        }
    }

    @Test func keepsItsConnection() async throws {
        try await withServer { client, server in
            for _ in 0..<5 { _ = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/"))) }
            _ = try await client.send(HTTPClientRequest(method: "POST", url: server.url("/"), body: [1]))
            #expect(server.connectionCount == 1)
            #expect(server.requests.count == 6)
        }
    }

    @Test func interimAnswersAndChunksAreUnderstood() async throws {
        let answer =
            "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        try await withServer(react: { _, _ in .answer(answer) }) { client, server in
            let answer = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            #expect(answer.status == 200)
            #expect(answer.body == Array("abcde".utf8))
            #expect(answer.header("link") == nil)
        }
    }

    @Test func requestsBeyondTheBoundWaitAndThenAreRefused() async throws {
        let configure: @Sendable (inout HTTPClientConfiguration) -> Void = {
            $0.concurrentMax = 2
            $0.waitingMax = 3
        }
        try await withServer(configure: configure) { client, server in
            let request = HTTPClientRequest(method: "GET", url: server.url("/"))
            let tasks = (0..<8).map { _ in Task { try await client.send(request).status } }
            var refused = 0
            var answered = 0
            for task in tasks {
                do {
                    let status = try await task.value
                    #expect(status == 200)
                    answered += 1
                } catch let error as HTTPClientError {
                    #expect(error.kind == .overloaded)
                    #expect(error.outcome == .neverSent)
                    refused += 1
                }
            }
            #expect(answered == 5)
            #expect(refused == 3)
            #expect(server.connectionCount == 2)
        }
    }
}

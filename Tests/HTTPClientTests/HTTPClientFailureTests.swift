// SPDX-License-Identifier: Apache-2.0
import HTTPClient
import Testing
import UVRuntime

/// What goes wrong, and whether the request may have had its effect.
@Suite(.timeLimit(.minutes(1))) struct HTTPClientFailureTests {
    @Test func nobodyListensMeansNeverSent() async throws {
        try await withServer { client, _ in
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "POST", url: "http://127.0.0.1:1/", body: [1]))
            }
            #expect(error.kind == .connect)
            #expect(error.outcome == .neverSent)
        }
    }

    @Test func anUnknownNameMeansNeverSent() async throws {
        try await withServer { client, _ in
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: "http://none.invalid/"))
            }
            #expect(error.kind == .resolve || error.kind == .timedOut)
            #expect(error.outcome == .neverSent)
        }
    }

    @Test func silenceAfterTheRequestMeansUnknown() async throws {
        try await withServer(react: { _, _ in .silence }) { client, server in
            let error = try await clientError {
                let request = HTTPClientRequest(
                    method: "POST", url: server.url("/"), body: [1], timeout: .milliseconds(300))
                _ = try await client.send(request)
            }
            #expect(error.kind == .timedOut)
            #expect(error.outcome == .unknown)
        }
    }

    @Test func aRequestThatTimesOutInLineWasNeverSent() async throws {
        try await withServer(configure: { $0.concurrentMax = 1 }, react: { _, _ in .silence }) { client, server in
            let url = server.url("/")
            let first = Task { try await client.send(HTTPClientRequest(method: "GET", url: url)) }
            while server.requests.isEmpty { try await client.loop.sleep(for: .milliseconds(1)) }
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: url, timeout: .milliseconds(20)))
            }
            #expect(error.kind == .timedOut)
            #expect(error.outcome == .neverSent)
            #expect(server.requests.count == 1)
            await client.close()
            let closed = try await clientError { _ = try await first.value }
            #expect(closed.kind == .closed)
            #expect(closed.outcome == .unknown)
        }
    }

    @Test func aLostConnectionMeansUnknown() async throws {
        try await withServer(react: { _, _ in .hangUp }) { client, server in
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "POST", url: server.url("/"), body: [1]))
            }
            #expect(error.kind == .connectionLost)
            #expect(error.outcome == .unknown)
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"], [[], [1, 2, 3]] as [[UInt8]])
    func aWriteIsNeverRepeatedWhenAKeptConnectionDies(method: String, body: [UInt8]) async throws {
        try await withServer(react: { number, _ in number == 0 ? .ok("first") : .hangUp }) { client, server in
            _ = try await client.send(HTTPClientRequest(method: "POST", url: server.url("/"), body: [1]))
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: method, url: server.url("/"), body: body))
            }
            #expect(error.kind == .connectionLost)
            #expect(error.outcome == .unknown)
            #expect(server.requests.count == 2)
        }
    }

    @Test func anAnswerMayBeAsLargeAsTheBoundAndNoLarger() async throws {
        let react: @Sendable (Int, String) -> Reaction = { number, _ in
            .ok(String(repeating: "a", count: number == 0 ? 1000 : 1001))
        }
        try await withServer(configure: { $0.responseBytesMax = 1000 }, react: react) { client, server in
            let answer = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            #expect(answer.body.count == 1000)
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            }
            #expect(error.kind == .responseTooLarge)
            #expect(error.outcome == .unknown)
        }
    }

    @Test func anAnswerMayHaveOnlySoManyHeaders() async throws {
        let react: @Sendable (Int, String) -> Reaction = { number, _ in
            .ok("x", headers: "X: " + String(repeating: "a", count: number == 0 ? 400 : 2_000) + "\r\n")
        }
        try await withServer(configure: { $0.responseHeaderBytesMax = 1_000 }, react: react) { client, server in
            let answer = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            #expect(answer.header("x")?.utf8.count == 400)
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            }
            #expect(error.kind == .responseTooLarge)
            #expect(error.outcome == .unknown)
            #expect(await client.activeCount == 0)
        }
    }

    @Test func aReadIsRepeatedWhenAKeptConnectionDies() async throws {
        try await withServer(react: { number, _ in number == 1 ? .hangUp : .ok("\(number)") }) { client, server in
            for expected in ["0", "2"] {
                let answer = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
                #expect(answer.body == Array(expected.utf8))
            }
            #expect(server.requests.count == 3)
            #expect(server.connectionCount == 2)
        }
    }

    @Test func aCancelledCallerIsAnsweredByTheTimeout() async throws {
        try await withServer(react: { _, _ in .silence }) { client, server in
            let request = HTTPClientRequest(method: "GET", url: server.url("/"), timeout: .milliseconds(100))
            let task = Task { try await client.send(request) }
            while server.requests.isEmpty { try await client.loop.sleep(for: .milliseconds(1)) }
            task.cancel()
            let error = try await clientError { _ = try await task.value }
            #expect(error.kind == .timedOut)
            #expect(await client.activeCount == 0)
        }
    }

    @Test func aShortBodyIsALostConnection() async throws {
        let react: @Sendable (Int, String) -> Reaction = { _, _ in
            .last("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        }
        try await withServer(react: react) { client, server in
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            }
            #expect(error.kind == .connectionLost)
        }
    }

    @Test func whatIsNoHTTPIsRefused() async throws {
        try await withServer(react: { _, _ in .last("SSH-2.0-x\r\n\r\n") }) { client, server in
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            }
            #expect(error.kind == .malformedResponse)
            #expect(error.outcome == .unknown)
        }
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "file:///etc/passwd", "", "/relative", "http://user:secret@127.0.0.1/", "http://a b/",
        "http://127.0.0.1/\r\nX: y", "http://",
    ])
    func badURLsAreRefused(url: String) async throws {
        try await withServer { client, _ in
            let error = try await clientError { _ = try await client.send(HTTPClientRequest(method: "GET", url: url)) }
            #expect(error.kind == .invalidRequest)
            #expect(error.outcome == .neverSent)
        }
    }

    @Test(arguments: [
        ("X\r\n", "y"), ("", "y"), ("X", "y\r\nZ: z"), ("X", "y\0"), ("Content-Length", "1"), ("host", "h"),
    ])
    func badHeadersAreRefused(name: String, value: String) async throws {
        try await withServer { client, server in
            let error = try await clientError {
                _ = try await client.send(
                    HTTPClientRequest(method: "GET", url: server.url("/"), headers: [(name, value)]))
            }
            #expect(error.kind == .invalidRequest)
            #expect(server.connectionCount == 0)
        }
    }

    @Test func aClosedClientRefuses() async throws {
        try await withServer { client, server in
            await client.close()
            let error = try await clientError {
                _ = try await client.send(HTTPClientRequest(method: "GET", url: server.url("/")))
            }
            #expect(error.kind == .closed)
            #expect(error.outcome == .neverSent)
        }
    }
}

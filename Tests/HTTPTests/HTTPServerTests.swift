// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Logging
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    private static let routes = [
        Route.immediate(.get, "/hello/", name: "hello") { _ in .text("hello") },
        Route(.post, "/echo/", name: "echo", bodyMax: 64) { request in
            HTTPResponse(.ok, contentType: .bytes, body: request.body)
        },
        Route(.get, "/fails/", name: "fails") { _ in throw Broken() },
        Route(.get, "/withheld/", name: "withheld") { _ in
            var response = HTTPResponse.text("secret")
            response.isWithheld = true
            return response
        },
    ]

    private struct Broken: Error {}

    /// Sends `text` to a fresh server over a real socket and returns everything it answered until it closed.
    private func exchange(_ text: String) async throws -> String {
        let group = try EventLoopGroup(count: 2)
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else { throw Broken() }
        let server = try await HTTPServer.start(
            on: address, loops: group.loops, router: Router(Self.routes),
            configuration: HTTPServerConfiguration(
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        let port = server.address.port
        let answer = await Task.detached { Self.blockingExchange(text, port: port) }.value
        await server.drain(limit: .seconds(1))
        await group.shutdown()
        return answer
    }

    private static func blockingExchange(_ text: String, port: UInt16) -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { return "no connection" }
        let bytes = Array(text.utf8)
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return String(decoding: answer, as: UTF8.self) }
            answer += buffer[..<count]
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let answer = try await exchange(
            "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
                + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
                + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthird\r\n0\r\n\r\n")
        let bodies = ["first", "hello", "third"].compactMap { answer.range(of: $0)?.lowerBound }
        #expect(bodies.count == 3)
        #expect(bodies == bodies.sorted())
        #expect(answer.components("HTTP/1.1 200") == 3)
    }

    @Test(arguments: [
        ("GET /nothing/ HTTP/1.1\r\nHost: a\r\n\r\n", "404", "not-found"),
        ("DELETE /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", "405", "method-not-allowed"),
        ("BREW /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", "501", "not-implemented"),
        ("GET /hello/ HTTP/2.0\r\nHost: a\r\n\r\n", "505", "version-not-supported"),
        ("GET /hello/ HTTP/1.1\r\n\r\n", "400", "malformed-request"),
        ("GET /hello/ HTTP/1.1\nHost: a\n\n", "400", "malformed-request"),
        ("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n", "413", "payload-too-large"),
        (
            "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
            "malformed-request"
        ),
        ("GET /hello/?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "400", "unknown-parameter"),
        ("GET /fails/ HTTP/1.1\r\nHost: a\r\n\r\n", "500", "internal-error"),
    ])
    func refusesWithItsProblemDocument(request: String, status: String, code: String) async throws {
        let answer = try await exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("application/problem+json"))
        #expect(answer.contains("\"code\":\"\(code)\""))
    }

    @Test func headHasTheFieldsOfGetAndNoBody() async throws {
        let answer = try await exchange("HEAD /hello/ HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.lowercased().contains("content-length: 5"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func aWithheldAnswerClosesTheConnectionWithoutAnOctet() async throws {
        #expect(try await exchange("GET /withheld/ HTTP/1.1\r\nHost: a\r\n\r\n") == "")
        let both = try await exchange(
            "GET /hello/ HTTP/1.1\r\nHost: a\r\n\r\nGET /withheld/ HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /hello/ HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(!both.contains("secret"))
        #expect(both.components("HTTP/1.1") <= 1)
    }

    @Test func anIncompleteBodyNeverReachesTheHandler() async throws {
        let answer = try await exchange("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        #expect(!answer.contains("200 OK"))
        #expect(!answer.contains("half"))
    }
}

extension String {
    fileprivate func components(_ separator: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.range(of: separator) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}

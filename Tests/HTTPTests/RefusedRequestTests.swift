// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import HTTP

/// A server whose protocol has a form of its own for refusals.
@Suite(.timeLimit(.minutes(1))) struct RefusedRequestTests {
    private final class Seen: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }

        func add(_ request: RefusedRequest) {
            let lines = request.headerLines.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
            texts.withLock {
                $0.append(
                    "\(request.problem.kind.code) \(request.method) \(request.path) \(request.query ?? "-") \(lines)")
            }
        }
    }

    private static let routes = [
        Route.immediate(.get, "/hello/", name: "hello", query: nil) { _ in .text("hello") },
        Route(.get, "/thing/", name: "thing") { _ in throw Problem(.notFound) },
        Route(.post, "/small/", name: "small", bodyMax: 8) { _ in .text("small") },
    ]

    @Test(arguments: [
        ("GET /nothing/?a=%20 HTTP/1.1\r\nHost: a\r\n\r\n", "not-found GET /nothing/ a=%20 Host=a", false),
        ("GET /hello/?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", "malformed-request GET /hello/ a=%zz Host=a", false),
        ("DELETE /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", "method-not-allowed DELETE /hello/ - Host=a", false),
        ("\r\nBREW /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", "not-implemented BREW /hello/ - Host=a", false),
        (
            "POST /small/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            "payload-too-large POST /small/ - Host=a;Content-Length=9", true
        ),
        (
            "POST /small/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n",
            "payload-too-large POST /small/ - Host=a;Transfer-Encoding=chunked", true
        ),
        ("nonsense\r\n\r\n", "malformed-request   - ", true),
    ])
    func areAnsweredAndSeen(request: String, seen: String, closes: Bool) async throws {
        let all = Seen()
        try await LiveServer.run(
            Self.routes,
            configure: {
                $0.refusal = { refused in
                    all.add(refused)
                    return .text("no: \(refused.problem.kind.code)", refused.problem.status)
                }
            }
        ) { live in
            let client = try await live.connect()
            await client.send(request)
            let answer = try await client.answer()
            #expect(answer.status >= 400)
            #expect(answer.body == "no: " + seen.prefix { $0 != " " })
            #expect((answer.field("connection") == "close") == closes)
        }
        #expect(all.all == [seen])
    }

    /// What a handler throws is its own affair.
    @Test func whatAHandlerThrowsIsAProblem() async throws {
        let all = Seen()
        try await LiveServer.run(
            Self.routes,
            configure: {
                $0.refusal = { refused in
                    all.add(refused)
                    return .text("no")
                }
            }
        ) { live in
            let client = try await live.connect()
            await client.send(get("/thing/"))
            #expect(try await client.answer().field("content-type") == "application/problem+json")
        }
        #expect(all.all.isEmpty)
    }
}

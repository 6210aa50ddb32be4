// SPDX-License-Identifier: Apache-2.0
@testable public import HTTP

/// Calls routes as the server's connections do, without a server: the text of a request is parsed, routed, checked and
/// answered.
///
/// - Isolation: call it on the loop that the routes work on.
public struct InProcessRoutes: Sendable {
    /// The text is no request.
    public struct Unparsable: Error {}

    private let dispatcher: Dispatcher

    /// Wraps routes in the server's middleware.
    public init(_ routes: [Route], middleware: [Middleware]) {
        dispatcher = Dispatcher(router: Router(routes, middleware: middleware))
    }

    /// Sends a request; see `TestClient.send`.
    ///
    /// - Throws: `Unparsable`, and what a handler throws that is no answer: a mistake of ours.
    public func send(
        _ method: String, _ target: String, _ body: String? = nil, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: test"] + headers.map { "\($0.name): \($0.value)" }
        if let token { lines.append("Authorization: Bearer \(token)") }
        if let key { lines.append("Idempotency-Key: \(key)") }
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        let head = try Self.parse(lines.joined(separator: "\r\n") + "\r\n\r\n")
        let id = RequestID(milliseconds: 0, random: (1, 2))
        switch dispatcher.decide(head) {
        case .allow(let methods): return Self.answer(HTTPResponse(.noContent, headers: [HTTPHeader("Allow", methods)]))
        case .refuse(let problem): return Self.answer(problem.response(requestID: id))
        case .route(let route, let query, let parameters):
            let request = RequestContext(
                head: head, route: route, method: route.method, query: query, parameters: parameters,
                body: Array((body ?? "").utf8), requestID: id,
                origin: RequestOrigin(peer: Peer(address: "192.0.2.1", port: 1), isTrustedProxy: { _ in false }))
            do {
                let response =
                    switch route.answer {
                    case .task(let handler): try await handler(request)
                    case .immediate(let handler): try handler(request)
                    }
                return Self.answer(response)
            } catch {
                let (response, unexpected) = Dispatcher.answer(to: error, requestID: id)
                if let unexpected { throw unexpected }
                return Self.answer(response)
            }
        }
    }

    private static func parse(_ text: String) throws -> RequestHead {
        var parser = RequestParser(limits: ParserLimits())
        return try Array(text.utf8).withUnsafeBufferPointer { input in
            var consumed = 0
            guard case .head = parser.next(input, &consumed) else { throw Unparsable() }
            return parser.takeHead()
        }
    }

    private static func answer(_ response: HTTPResponse) -> TestClient.Answer {
        var headers = response.headers.map { (name: $0.name, value: $0.value) }
        switch response.contentType {
        case .json: headers.append(("Content-Type", "application/json"))
        case .problem: headers.append(("Content-Type", "application/problem+json"))
        default: break
        }
        return TestClient.Answer(status: response.status.code, headers: headers, body: response.body)
    }
}

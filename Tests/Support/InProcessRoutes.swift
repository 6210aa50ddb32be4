// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// Calls routes as the server's connections do, without a server: the text of a request is parsed, routed, checked and
/// answered.
///
/// - Isolation: call it on the loop that the routes work on.
public struct InProcessRoutes: Sendable {
    private let router: Router

    /// Wraps routes in the server's middleware.
    public init(_ routes: [Route], middleware: [Middleware]) {
        router = Router(routes, middleware: middleware)
    }

    /// Sends a request; see `TestClient.send`.
    public func send(
        _ method: String, _ target: String, _ body: String? = nil, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async -> TestClient.Answer {
        await send(method, target, octets: body.map { Array($0.utf8) }, token: token, key: key, headers: headers)
    }

    /// The same with a body that is no text.
    public func send(
        _ method: String, _ target: String, octets body: [UInt8]?, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async -> TestClient.Answer {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: test"] + headers.map { "\($0.name): \($0.value)" }
        if let token { lines.append("Authorization: Bearer \(token)") }
        if let key { lines.append("Idempotency-Key: \(key)") }
        if let body { lines.append("Content-Length: \(body.count)") }
        if body != nil, !headers.contains(where: { $0.name == "Content-Type" }) {
            lines.append("Content-Type: application/json")
        }
        let octets = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
        return Self.answer(await router.respond(toOctets: octets, peer: Peer(address: "192.0.2.1", port: 1)))
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

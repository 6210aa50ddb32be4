// SPDX-License-Identifier: Apache-2.0
@testable import HTTP

/// A request made of its text by the server's own parser, without a server.
enum TestRequest {
    struct Unparsable: Error {}

    static func make(
        _ route: Route, headers: [String] = [], body: [UInt8] = [], target: String? = nil, address: String = "192.0.2.1"
    ) throws -> RequestContext {
        var lines = ["\(route.method.rawValue) \(target ?? route.path) HTTP/1.1", "Host: test"] + headers
        if !body.isEmpty { lines.append("Content-Length: \(body.count)") }
        let text = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var parser = RequestParser(limits: ParserLimits())
        let head = try text.withUnsafeBufferPointer { input in
            var consumed = 0
            guard case .head = parser.next(input, &consumed) else { throw Unparsable() }
            return parser.takeHead()
        }
        let query = try head.queryRange.map { try QueryItems(decoding: head.bytes[$0]) } ?? QueryItems()
        return RequestContext(
            head: head, mounted: MountedRoute(route), method: route.method, query: query, parameters: [:],
            body: body,
            requestID: RequestID(milliseconds: 0, random: (1, 2)),
            origin: RequestOrigin(peer: Peer(address: address, port: 1), isTrustedProxy: { _ in false }))
    }

    /// Runs a route's own handler.
    static func answer(_ route: Route, _ request: RequestContext) async throws -> HTTPResponse {
        switch route.answer {
        case .task(let handler): try await handler(request)
        case .immediate(let handler): try handler(request)
        }
    }
}

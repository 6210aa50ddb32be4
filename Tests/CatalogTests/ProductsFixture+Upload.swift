// SPDX-License-Identifier: Apache-2.0
import MarketHTTP
import Synchronization
import TestSupport
import Testing

@testable import HTTP

extension ProductsFixture {
    /// Sends a picture as a form does.
    func upload(
        _ file: [UInt8], fields: [String: String] = [:], as person: Person? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        var body: [UInt8] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            body += "--part\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
        }
        body += "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".utf8
        body += file
        body += "\r\n--part--\r\n".utf8
        return try await post(form: body, as: person, key: key)
    }

    /// Sends a form that is taken apart by the endpoint.
    func post(form body: [UInt8], as person: Person? = nil, key: String? = nil) async throws -> TestClient.Answer {
        let path = "/api/products/upload-image/"
        let route = try #require(allRoutes.withLock { $0.first { $0.path == path } })
        var lines = [
            "POST \(path) HTTP/1.1", "Host: test", "Content-Type: multipart/form-data; boundary=part",
            "Content-Length: \(body.count)", "Authorization: Bearer \((person ?? kiran).token)",
        ]
        if let key { lines.append("Idempotency-Key: \(key)") }
        let text = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var parser = RequestParser(limits: ParserLimits())
        let head = text.withUnsafeBufferPointer { input in
            var consumed = 0
            _ = parser.next(input, &consumed)
            return parser.takeHead()
        }
        let request = RequestContext(
            head: head, mounted: MountedRoute(route), method: .post, query: QueryItems(), parameters: [:], body: body,
            requestID: RequestID(milliseconds: 0, random: (1, 2)),
            origin: RequestOrigin(peer: Peer(address: "192.0.2.1", port: 1), isTrustedProxy: { _ in false }))
        guard case .task(let handler) = route.answer else { throw Problem(.internalError) }
        var response: HTTPResponse
        do {
            response = try await ErrorAnswers.middleware(route, handler)(request)
        } catch let problem as Problem {
            response = problem.response(to: request)
        }
        var headers = response.headers.map { (name: $0.name, value: $0.value) }
        if response.contentType == .problem { headers.append(("Content-Type", "application/problem+json")) }
        return TestClient.Answer(status: response.status.code, headers: headers, body: response.body)
    }
}

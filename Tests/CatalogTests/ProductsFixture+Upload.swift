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
            response = problem.response(requestID: request.requestID)
        }
        var headers = response.headers.map { (name: $0.name, value: $0.value) }
        if response.contentType == .problem { headers.append(("Content-Type", "application/problem+json")) }
        return TestClient.Answer(status: response.status.code, headers: headers, body: response.body)
    }
}

/// Small PNG files of one colour each, deflated in a stored block.
enum ColouredPNG {
    /// A picture of 24 × 16 pixels.
    static func file(_ shade: UInt8) -> [UInt8] {
        let (width, height) = (24, 16)
        var pixels: [UInt8] = []
        for _ in 0..<height {
            pixels.append(0)
            for _ in 0..<width { pixels += [shade, 128, 255 - shade] }
        }
        let length = UInt16(pixels.count)
        var zlib: [UInt8] = [0x78, 0x01, 1, UInt8(length & 255), UInt8(length >> 8)]
        zlib += [UInt8(~length & 255), UInt8(~length >> 8)]
        zlib += pixels
        zlib += big(adler(pixels))
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let head = big(UInt32(width)) + big(UInt32(height)) + [8, 2, 0, 0, 0]
        return signature + chunk("IHDR", head) + chunk("IDAT", zlib) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return big(UInt32(data.count)) + body + big(crc(body))
    }

    private static func big(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

    private static func adler(_ bytes: [UInt8]) -> UInt32 {
        let sums = bytes.reduce((a: UInt32(1), b: UInt32(0))) { sums, byte in
            let a = (sums.a + UInt32(byte)) % 65521
            return (a, (sums.b + a) % 65521)
        }
        return sums.b << 16 | sums.a
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What a request must be before libcurl sees it: nothing in it may end a line early.
enum RequestRules {
    static func check(_ request: HTTPClientRequest, limits: HTTPClientConfiguration) throws(HTTPClientError) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw invalid("the method is no word in capitals")
        }
        guard (request.body?.count ?? 0) <= limits.requestBytesMax else { throw invalid("the body is too large") }
        guard request.body == nil || request.method != "HEAD" else { throw invalid("HEAD has no body") }
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { throw invalid("a header's name") }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw invalid("the value of \(name)")
            }
            let lower = name.lowercased()
            guard !["content-length", "transfer-encoding", "host", "connection"].contains(lower) else {
                throw invalid("\(name) is set by the client")
            }
        }
        if let auth = request.basicAuth {
            guard !auth.user.utf8.contains(where: { $0 == 0x3A || $0 < 0x20 }), !auth.password.utf8.contains(0) else {
                throw invalid("the user or the password")
            }
        }
        guard request.timeout > .zero else { throw invalid("the time-out is not positive") }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func invalid(_ message: String) -> HTTPClientError {
        HTTPClientError(kind: .invalidRequest, outcome: .neverSent, message: message)
    }
}

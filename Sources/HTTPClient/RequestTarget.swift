// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// What libcurl's own parser reads in a URL, so that what we judge is what it will use.
struct RequestTarget {
    let isLoopback: Bool

    init(_ url: String, schemes: [String] = ["http", "https"]) throws(HTTPClientError) {
        guard url.utf8.count <= 8192, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Self.invalid("the URL holds blanks, controls or raw UTF-8, or is longer than 8192 bytes")
        }
        guard let parsed = curl_url() else {
            throw HTTPClientError(kind: .other, outcome: .neverSent, message: "out of memory")
        }
        defer { curl_url_cleanup(parsed) }
        guard curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK else { throw Self.invalid("not a URL") }
        guard let scheme = Self.part(parsed, CURLUPART_SCHEME), schemes.contains(scheme) else {
            throw Self.invalid("neither \(schemes[0]) nor \(schemes[1])")
        }
        guard Self.part(parsed, CURLUPART_USER) == nil, Self.part(parsed, CURLUPART_PASSWORD) == nil else {
            throw Self.invalid("credentials do not belong into a URL")
        }
        let host = Self.part(parsed, CURLUPART_HOST) ?? ""
        isLoopback = host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }

    private static func part(_ url: OpaquePointer, _ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func invalid(_ message: String) -> HTTPClientError {
        HTTPClientError(kind: .invalidRequest, outcome: .neverSent, message: message)
    }
}

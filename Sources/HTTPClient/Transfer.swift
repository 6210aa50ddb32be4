// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import UVRuntime

/// One request on its way: libcurl's easy handle and what its callbacks fill. Touched on the client's loop only.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    let deadline: UInt64
    private let request: HTTPClientRequest
    private let limits: HTTPClientConfiguration
    private var continuation: LoopContinuation<HTTPClientResponse>?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var bodyOffset = 0
    private var headers: [(name: String, value: String)] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var tooLarge = false

    /// Checks the request and prepares its handle.
    init(
        _ request: HTTPClientRequest, limits: HTTPClientConfiguration, deadline: UInt64,
        _ continuation: LoopContinuation<HTTPClientResponse>
    ) throws(HTTPClientError) {
        self.request = request
        self.limits = limits
        self.deadline = deadline
        self.continuation = continuation
        guard let easy = curl_easy_init() else {
            throw HTTPClientError(kind: .other, outcome: .neverSent, message: "out of memory")
        }
        self.easy = easy
        try RequestRules.check(request, limits: limits)
        try configure(RequestTarget(request.url))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
    }

    // MARK: Options

    private func configure(_ target: RequestTarget) throws(HTTPClientError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        if target.isLoopback { try set(CURLOPT_PROXY, "") }
        if let userAgent = limits.userAgent { try set(CURLOPT_USERAGENT, userAgent) }
        if let auth = request.basicAuth {
            try set(CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC, a macro with a cast
            try set(CURLOPT_USERNAME, auth.user)
            try set(CURLOPT_PASSWORD, auth.password)
        }
        let hasBody = request.body != nil || request.method == "POST"
        try setMethod(hasBody)
        try setHeaders(hasBody)
        let me = Unmanaged.passUnretained(self).toOpaque()
        try check(mve_curl_set_pointer(easy, CURLOPT_PRIVATE, me))
        try check(mve_curl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        try check(mve_curl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        try check(mve_curl_set_data(easy, CURLOPT_WRITEFUNCTION) { Transfer.of($3).received($0, $1 &* $2) })
        try check(mve_curl_set_data(easy, CURLOPT_HEADERFUNCTION) { Transfer.of($3).receivedHeader($0, $1 &* $2) })
    }

    private func setMethod(_ hasBody: Bool) throws(HTTPClientError) {
        if hasBody {
            // The body is handed over by a function that cannot go back: libcurl repeats a request when a kept connection
            // dies under it, and a second POST would be a second order. Without a body nothing stops it, hence a new
            // connection.
            try set(CURLOPT_POST, 1)
            try check(
                mve_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body?.count ?? 0)))
            try check(
                mve_curl_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
            try check(mve_curl_set_data(easy, CURLOPT_READFUNCTION) { Transfer.of($3).give($0, $1 &* $2) })
        }
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else if request.method != (hasBody ? "POST" : "GET") {
            try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        if (request.body ?? []).isEmpty && !["GET", "HEAD"].contains(request.method) {
            try set(CURLOPT_FRESH_CONNECT, 1)
        }
    }

    private func setHeaders(_ hasBody: Bool) throws(HTTPClientError) {
        // A server that waits for "100 Continue" is none of ours; without this a large body would pause for a second.
        var lines = ["Expect:"]
        if hasBody, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")  // else libcurl claims a form
        }
        for (name, value) in request.headers { lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)") }
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else {
                throw HTTPClientError(kind: .other, outcome: .neverSent, message: "out of memory")
            }
            headerList = longer
        }
        try check(mve_curl_set_headers(easy, headerList))
    }

    /// Sets what is left of the time: libcurl counts from now.
    func setTimeouts(now: UInt64) throws(HTTPClientError) {
        let left = deadline > now ? (deadline - now) / 1_000_000 : 0
        let connect = min(left, limits.connectTimeout.wholeMilliseconds)
        // Zero would mean "for ever".
        try set(CURLOPT_TIMEOUT_MS, max(1, Int(clamping: left)))
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(clamping: connect)))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(mve_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(mve_curl_set_text(easy, option, value))
    }

    private func check(_ code: CURLcode) throws(HTTPClientError) {
        guard code == CURLE_OK else {
            throw HTTPClientError(kind: .other, outcome: .neverSent, message: HTTPClientError.text(code))
        }
    }

    // MARK: Callbacks of libcurl

    private static func of(_ data: UnsafeMutableRawPointer?) -> Transfer {
        guard let data else { preconditionFailure("libcurl lost a transfer") }
        return Unmanaged<Transfer>.fromOpaque(data).takeUnretainedValue()
    }

    private func give(_ buffer: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
        guard let buffer, let body = request.body else { return 0 }
        let count = min(room, body.count - bodyOffset)
        body.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: buffer, count: count)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[bodyOffset..<bodyOffset + count]))
        }
        bodyOffset += count
        return count
    }

    /// Returning less than `count` makes libcurl give up with `CURLE_WRITE_ERROR`.
    private func received(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard body.count + count <= limits.responseBytesMax else {
            tooLarge = true
            return 0
        }
        body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    private func receivedHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        headerBytes += count
        guard headerBytes <= limits.responseHeaderBytesMax else {
            tooLarge = true
            return 0
        }
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            // A status line: what came before belonged to an interim answer.
            if line.starts(with: "HTTP/".utf8) { headers = [] }
            return count
        }
        let name = String(decoding: line[..<colon], as: UTF8.self)
        var value = line[(colon + 1)...]
        while let byte = value.first, byte == 0x20 || byte == 0x09 { value.removeFirst() }
        while let byte = value.last, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { value.removeLast() }
        headers.append((name, String(decoding: value, as: UTF8.self)))
        return count
    }

    // MARK: The end

    /// Resumes the caller with what libcurl says.
    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else {
            // Bytes of the request that the socket took. A handshake does not count.
            var sent = 0
            let known = mve_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK
            let error = HTTPClientError(code: code, sent: !known || sent > 0)
            if code == CURLE_WRITE_ERROR && !tooLarge {
                fail(HTTPClientError(kind: .malformedResponse, outcome: .unknown, message: error.message))
            } else {
                fail(error)
            }
            return
        }
        var status = 0
        guard mve_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK, status >= 200 else {
            fail(HTTPClientError(kind: .malformedResponse, outcome: .unknown, message: "no status"))
            return
        }
        let response = HTTPClientResponse(status: status, headers: headers, body: body)
        continuation?.resume(returning: response)
        continuation = nil
    }

    /// Resumes the caller with an error.
    func fail(_ error: HTTPClientError) {
        continuation?.resume(throwing: error)
        continuation = nil
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import UVRuntime

/// One mail on its way to a mail server (SMTP, RFC 5321).
///
/// libcurl waits for a server's last word inside a call of ours, on the multi interface as well: on a loop a slow server would
/// stop everything. So this blocks, and is called on a worker thread (`EventLoop.offload`).
public struct MailDelivery: Sendable {
    /// `smtp://host[:port]` or `smtps://host[:port]`, without user and password. A plain connection is upgraded (STARTTLS)
    /// or refused, except to the loopback interface.
    public var url: String
    /// Sent only where the connection is encrypted or ends in this machine.
    public var login: HTTPClientRequest.BasicAuth?
    /// The envelope's sender.
    public var from: String
    /// The envelope's recipients, 1…100.
    public var to: [String]
    /// The message: lines end with CR LF; dots at their beginnings are taken care of.
    public var message: [UInt8]
    /// From the connection to the server's last word.
    public var timeout: Duration

    /// Takes the parts; nothing is checked before `deliver`.
    public init(
        url: String, login: HTTPClientRequest.BasicAuth? = nil, from: String, to: [String], message: [UInt8],
        timeout: Duration = .seconds(10)
    ) {
        self.url = url
        self.login = login
        self.from = from
        self.to = to
        self.message = message
        self.timeout = timeout
    }

    private static let recipientsMax = 100
    private static let connectMilliseconds = 5000

    /// Hands the mail over and waits for the server's last word. Blocks for up to ``timeout``.
    ///
    /// - Returns: the reply's number: 250 where the server took the mail, 4yz where it may later, 5yz where it will not.
    /// - Throws: `HTTPClientError`, which tells whether the server may have taken it.
    public func deliver() throws(HTTPClientError) -> Int {
        try check()
        let target = try RequestTarget(url, schemes: ["smtp", "smtps"])
        guard HTTPClient.isReady, let easy = curl_easy_init() else {
            throw HTTPClientError(kind: .other, outcome: .neverSent, message: "libcurl could not start")
        }
        defer { curl_easy_cleanup(easy) }
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(recipients) }
        for address in to { recipients = curl_slist_append(recipients, "<\(address)>") }
        let source = Source(message)
        var codes = options(target).map { mve_curl_set_text(easy, $0, $1) }
        codes += numbers(target).map { mve_curl_set_long(easy, $0, $1) }
        codes += [
            mve_curl_set_recipients(easy, recipients),
            mve_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count)),
            mve_curl_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(source).toOpaque()),
            mve_curl_set_data(easy, CURLOPT_READFUNCTION) { Source.of($3).give($0, $1 &* $2) },
            // What the server says is known by its number; without these two it would be printed.
            mve_curl_set_data(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size &* count },
            mve_curl_set_data(easy, CURLOPT_HEADERFUNCTION) { _, size, count, _ in size &* count },
        ]
        if let code = codes.first(where: { $0 != CURLE_OK }) { throw HTTPClientError(code: code, sent: false) }
        let result = withExtendedLifetime(source) { curl_easy_perform(easy) }
        var reply = 0
        let isKnown = mve_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply) == CURLE_OK
        if result == CURLE_OK { return 250 }
        // libcurl has several errors for a server that says no; its number says more.
        if isKnown, (400...599).contains(reply) { return reply }
        throw HTTPClientError(code: result, sent: source.offset > 0)
    }

    private func options(_ target: RequestTarget) -> [(CURLoption, String)] {
        var options = [
            (CURLOPT_URL, url), (CURLOPT_PROTOCOLS_STR, "smtp,smtps"), (CURLOPT_PROXY, ""),
            (CURLOPT_MAIL_FROM, "<\(from)>"),
        ]
        if let login { options += [(CURLOPT_USERNAME, login.user), (CURLOPT_PASSWORD, login.password)] }
        return options
    }

    private func numbers(_ target: RequestTarget) -> [(CURLoption, Int)] {
        let milliseconds = max(1, Int(clamping: timeout.wholeMilliseconds))
        return [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_UPLOAD, 1),
            (CURLOPT_USE_SSL, Int((target.isLoopback ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue)),
            (CURLOPT_TIMEOUT_MS, milliseconds),
            (CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, Self.connectMilliseconds)),
            // Otherwise libcurl gives a silent server two minutes for each reply.
            (CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, milliseconds / 1000)),
        ]
    }

    /// Nothing in an address may end a command early.
    private func check() throws(HTTPClientError) {
        guard (1...Self.recipientsMax).contains(to.count) else { throw Self.invalid("no recipients, or too many") }
        for address in to + [from] {
            let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }
            guard isPlain, (3...254).contains(address.utf8.count), address.utf8.contains(0x40) else {
                throw Self.invalid("a mail address")
            }
        }
        guard timeout > .zero else { throw Self.invalid("the time-out is not positive") }
    }

    private static func invalid(_ message: String) -> HTTPClientError {
        HTTPClientError(kind: .invalidRequest, outcome: .neverSent, message: message)
    }

    /// The message as libcurl takes it, piece by piece.
    private final class Source {
        private let bytes: [UInt8]
        private(set) var offset = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        static func of(_ data: UnsafeMutableRawPointer?) -> Source {
            guard let data else { preconditionFailure("libcurl lost a mail") }
            return Unmanaged<Source>.fromOpaque(data).takeUnretainedValue()
        }

        func give(_ buffer: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
            guard let buffer else { return 0 }
            let count = min(room, bytes.count - offset)
            bytes.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(start: buffer, count: count)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            }
            offset += count
            return count
        }
    }
}

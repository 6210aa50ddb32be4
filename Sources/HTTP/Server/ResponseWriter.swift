// SPDX-License-Identifier: Apache-2.0

/// Serialises answers into a connection's output; keeps the fields that change once a second.
///
/// - Isolation: on the loop whose connections it writes for.
final class ResponseWriter {
    /// What an answer needs to know about its request.
    struct Frame {
        var requestID: RequestID
        var isHead = false
        var keepsAlive: Bool
        /// HTTP/1.0 with keep-alive must be told so.
        var saysKeepAlive = false
        var ignoredFields: HTTPHeader?
        /// Whole lines for the page that asked.
        var crossOrigin: [UInt8]?

        /// The request came by TLS, and its client is to be told to insist on that.
        var isSecure = false

        /// The body comes in chunks whose number is not known.
        var isChunked = false

        /// Whether it adds nothing but the id.
        var isPlain: Bool {
            keepsAlive && !saysKeepAlive && !isHead && ignoredFields == nil && crossOrigin == nil && !isSecure
        }
    }

    /// nil: no page of another origin may read answers.
    let crossOrigin: CrossOriginPolicy?
    private let fixed: [UInt8]
    /// The fixed fields without the policy, for an answer that has its own: two policies would both hold.
    private let fixedWithoutPolicy: [UInt8]
    private static let policy: StaticString = "Content-Security-Policy"
    private let defaultCacheControl: String
    /// For answers that leave by TLS.
    let strictTransport: HTTPHeader?
    /// The Date line and the fixed fields.
    private var common: [UInt8] = []
    /// What stands before the length of most answers: a 200 with JSON.
    private var beforeLength: [UInt8] = []
    /// What stands behind their length: the default Cache-Control and the name of the request's id.
    private let behindLength: [UInt8]
    private var second: UInt64 = .max

    init(_ configuration: HTTPServerConfiguration) {
        var fixed: [UInt8] = []
        var fixedWithoutPolicy: [UInt8] = []
        crossOrigin = configuration.crossOrigin
        // On every answer: a cache must not show one origin's to another.
        let vary = crossOrigin == nil ? [] : [HTTPHeader("Vary", "Origin")]
        for header in configuration.fixedHeaders + vary {
            precondition(header.isSendable, "a fixed header field is malformed")
            Self.append(header, to: &fixed)
            if !header.isNamed(Self.policy) { Self.append(header, to: &fixedWithoutPolicy) }
        }
        self.fixed = fixed
        self.fixedWithoutPolicy = fixedWithoutPolicy
        defaultCacheControl = configuration.defaultCacheControl
        strictTransport = configuration.strictTransport.map { HTTPHeader("Strict-Transport-Security", $0) }
        precondition(strictTransport?.isSendable != false, "Strict-Transport-Security is malformed")
        var behind = Array("\r\n".utf8)
        Self.appendCacheControl(defaultCacheControl, to: &behind)
        behind.append("X-Request-Id: " as StaticString)
        behindLength = behind
    }

    /// Sets the second that Date shows.
    func setTime(milliseconds: UInt64) {
        guard milliseconds / 1000 != second else { return }
        second = milliseconds / 1000
        common.removeAll(keepingCapacity: true)
        common.append("Date: " as StaticString)
        HTTPDate.append(seconds: second, to: &common)
        common.append("\r\n" as StaticString)
        common.append(contentsOf: fixed)
        beforeLength.removeAll(keepingCapacity: true)
        Self.appendStatusLine(.ok, to: &beforeLength)
        beforeLength.append(contentsOf: common)
        Self.appendContentType(.json, to: &beforeLength)
        beforeLength.append("Content-Length: " as StaticString)
    }

    /// Whether every field can be sent: well-formed, and none that the server owns.
    static func isSendable(_ response: HTTPResponse) -> Bool {
        guard response.status.code >= 200 else { return false }
        if case .other(let type) = response.contentType, !HTTPHeader("Content-Type", type).isSendable { return false }
        return response.headers.allSatisfy { header in
            header.isSendable && !header.isNamed("Content-Length") && !header.isNamed("Transfer-Encoding")
                && !header.isNamed("Connection") && !header.isNamed("Date") && !header.isNamed("Content-Type")
                && !header.isNamed("X-Request-Id")
        }
    }

    /// Appends the whole answer; the caller has checked `isSendable`.
    func append(_ response: HTTPResponse, _ frame: Frame, to out: inout [UInt8]) {
        if response.status.code == 200, response.contentType == .json, response.headers.isEmpty, response.file == nil,
            response.live == nil, frame.isPlain
        {
            return appendPlain(response.body, frame.requestID, to: &out)
        }
        out.reserveCapacity(out.count + 512 + response.body.count)
        Self.appendStatusLine(response.status, to: &out)
        if response.headers.contains(where: { $0.isNamed(Self.policy) }) {
            out.append(contentsOf: common.dropLast(fixed.count))
            out.append(contentsOf: fixedWithoutPolicy)
        } else {
            out.append(contentsOf: common)
        }
        if !response.status.forbidsBody {
            Self.appendContentType(response.contentType, to: &out)
            if frame.isChunked {
                out.append("Transfer-Encoding: chunked\r\n" as StaticString)
            } else if response.live == nil {
                out.append("Content-Length: " as StaticString)
                out.append(decimal: Int64(response.bodyCount))
                out.append("\r\n" as StaticString)
            }
        }
        var hasCacheControl = false
        for header in response.headers {
            hasCacheControl = hasCacheControl || header.isNamed("Cache-Control")
            Self.append(header, to: &out)
        }
        if !hasCacheControl { Self.appendCacheControl(defaultCacheControl, to: &out) }
        if let ignored = frame.ignoredFields { Self.append(ignored, to: &out) }
        if let lines = frame.crossOrigin { out.append(contentsOf: lines) }
        if frame.isSecure, let strictTransport { Self.append(strictTransport, to: &out) }
        if !frame.keepsAlive {
            out.append("Connection: close\r\n" as StaticString)
        } else if frame.saysKeepAlive {
            out.append("Connection: keep-alive\r\n" as StaticString)
        }
        out.append("X-Request-Id: " as StaticString)
        frame.requestID.append(to: &out)
        out.append("\r\n\r\n" as StaticString)
        if !response.status.forbidsBody, !frame.isHead { out.append(contentsOf: response.body) }
    }

    /// The same octets in a few pieces, for the answer that nearly all are.
    private func appendPlain(_ body: [UInt8], _ id: RequestID, to out: inout [UInt8]) {
        out.append(contentsOf: beforeLength)
        out.append(decimal: Int64(body.count))
        out.append(contentsOf: behindLength)
        id.append(to: &out)
        out.append("\r\n\r\n" as StaticString)
        out.append(contentsOf: body)
    }

    private static func appendCacheControl(_ value: String, to out: inout [UInt8]) {
        guard !value.isEmpty else { return }
        out.append("Cache-Control: " as StaticString)
        out.append(utf8: value)
        out.append("\r\n" as StaticString)
    }

    private static func appendStatusLine(_ status: HTTPStatus, to out: inout [UInt8]) {
        if status.code == 200 {
            out.append("HTTP/1.1 200 OK\r\n" as StaticString)
            return
        }
        out.append("HTTP/1.1 " as StaticString)
        out.append(decimal: Int64(status.code))
        out.append(UInt8(ascii: " "))
        out.append(status.reason)
        out.append("\r\n" as StaticString)
    }

    private static func appendContentType(_ type: HTTPContentType, to out: inout [UInt8]) {
        switch type {
        case .json: out.append("Content-Type: application/json\r\n" as StaticString)
        case .problem: out.append("Content-Type: application/problem+json\r\n" as StaticString)
        case .text: out.append("Content-Type: text/plain; charset=utf-8\r\n" as StaticString)
        case .html: out.append("Content-Type: text/html; charset=utf-8\r\n" as StaticString)
        case .bytes: out.append("Content-Type: application/octet-stream\r\n" as StaticString)
        case .other(let text): append(HTTPHeader("Content-Type", text), to: &out)
        }
    }

    private static func append(_ header: HTTPHeader, to out: inout [UInt8]) {
        out.append(utf8: header.name)
        out.append(": " as StaticString)
        out.append(utf8: header.value)
        out.append("\r\n" as StaticString)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Serialises answers into a connection's output; keeps the fields that change once a second.
struct ResponseWriter {
    /// What an answer needs to know about its request.
    struct Frame {
        var requestID: RequestID
        var isHead = false
        var keepsAlive: Bool
        /// HTTP/1.0 with keep-alive must be told so.
        var saysKeepAlive = false
        var ignoredFields: HTTPHeader?
    }

    private let fixed: [UInt8]
    private let defaultCacheControl: String
    /// The Date line and the fixed fields.
    private var common: [UInt8] = []
    private var second: UInt64 = .max

    init(_ configuration: HTTPServerConfiguration) {
        var fixed: [UInt8] = []
        for header in configuration.fixedHeaders {
            precondition(header.isSendable, "a fixed header field is malformed")
            Self.append(header, to: &fixed)
        }
        self.fixed = fixed
        defaultCacheControl = configuration.defaultCacheControl
    }

    /// Sets the second that Date shows.
    mutating func setTime(milliseconds: UInt64) {
        guard milliseconds / 1000 != second else { return }
        second = milliseconds / 1000
        common.removeAll(keepingCapacity: true)
        common.append("Date: " as StaticString)
        HTTPDate.append(seconds: second, to: &common)
        common.append("\r\n" as StaticString)
        common.append(contentsOf: fixed)
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
        out.reserveCapacity(out.count + 512 + response.body.count)
        Self.appendStatusLine(response.status, to: &out)
        out.append(contentsOf: common)
        if !response.status.forbidsBody {
            Self.appendContentType(response.contentType, to: &out)
            out.append("Content-Length: " as StaticString)
            out.append(decimal: Int64(response.bodyCount))
            out.append("\r\n" as StaticString)
        }
        var hasCacheControl = false
        for header in response.headers {
            hasCacheControl = hasCacheControl || header.isNamed("Cache-Control")
            Self.append(header, to: &out)
        }
        if !hasCacheControl, !defaultCacheControl.isEmpty {
            out.append("Cache-Control: " as StaticString)
            out.append(utf8: defaultCacheControl)
            out.append("\r\n" as StaticString)
        }
        if let ignored = frame.ignoredFields { Self.append(ignored, to: &out) }
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

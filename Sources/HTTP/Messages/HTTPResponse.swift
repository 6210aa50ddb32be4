// SPDX-License-Identifier: Apache-2.0

/// An answer: status, header fields and the whole body.
///
/// ```swift
/// return .json(.created) { json in
///     json.field("id", order.id)
/// }
/// var response = HTTPResponse(json: bytes)
/// response.headers.append(HTTPHeader("ETag", "\"v3\""))
/// ```
/// The server adds Date, Content-Length, Connection, X-Request-Id, the fixed security fields and, where none is given,
/// Cache-Control. A field whose name is no token or whose value holds a control character makes the answer a 500:
/// nothing built from input can add a field.
public struct HTTPResponse: Sendable {
    /// The status.
    public var status: HTTPStatus
    /// What the body is.
    public var contentType: HTTPContentType
    /// Further fields, sent in this order.
    public var headers: [HTTPHeader]
    /// The body; ignored where the status forbids one.
    public var body: [UInt8]
    /// A file that is the body instead.
    var file: FileBody?
    /// A body without an end instead.
    var live: (any LiveBody)?
    /// The body in gzip, for constant ones: made once by `gzipBody(of:)` instead of with every request.
    public var gzipBody: [UInt8]?
    /// Whether the connection ends after this answer.
    public var closesConnection = false
    /// Whether the connection is closed without a single octet of this answer: for servers that emulate failing ones.
    public var isWithheld = false

    /// An answer with the given content.
    public init(
        _ status: HTTPStatus = .ok, contentType: HTTPContentType = .json, headers: [HTTPHeader] = [],
        body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// A 200 with ready-made JSON.
    public init(json body: [UInt8]) {
        self.init(.ok, contentType: .json, body: body)
    }

    /// A JSON answer whose body is one object.
    @inlinable
    public static func json<E: Error>(
        _ status: HTTPStatus = .ok, capacity: Int = 256, _ members: (inout JSONWriter) throws(E) -> Void
    ) throws(E) -> HTTPResponse {
        var json = JSONWriter(capacity: capacity)
        try json.object(members)
        return HTTPResponse(status, contentType: .json, body: json.bytes)
    }

    /// A JSON answer of a value that writes itself.
    ///
    /// - Parameter capacity: about how many bytes it takes; more cost another allocation.
    @inlinable
    public static func json(
        _ value: some JSONWritable, _ status: HTTPStatus = .ok, capacity: Int = 256
    ) -> HTTPResponse {
        HTTPResponse(status, contentType: .json, body: value.jsonBytes(capacity: capacity))
    }

    /// A plain text answer.
    public static func text(_ text: String, _ status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, contentType: .text, body: Array(text.utf8))
    }

    /// 204.
    public static var noContent: HTTPResponse { HTTPResponse(.noContent) }

    /// Octets of the body.
    var bodyCount: Int { file?.range.count ?? body.count }

    /// The value of the first field with this name, compared without case.
    public func header(_ name: StaticString) -> String? {
        headers.first { $0.isNamed(name) }?.value
    }
}

/// One header field of an answer.
public struct HTTPHeader: Hashable, Sendable {
    /// The name, a token.
    public let name: String
    /// The value: no CR, LF, NUL or other control.
    public let value: String

    /// A field; checked when it is sent.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    func isNamed(_ other: StaticString) -> Bool {
        guard name.utf8.count == other.utf8CodeUnitCount else { return false }
        return other.withUTF8Buffer { other in zip(name.utf8, other).allSatisfy { $0.lowered == $1.lowered } }
    }

    /// Whether it can be sent without becoming something else.
    var isSendable: Bool {
        !name.isEmpty && name.utf8.allSatisfy(\.isToken)
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

/// What a body is.
public enum HTTPContentType: Sendable, Hashable {
    /// `application/json`, UTF-8 by definition.
    case json
    /// `application/problem+json` (RFC 9457).
    case problem
    /// `text/plain; charset=utf-8`
    case text
    /// `text/html; charset=utf-8`
    case html
    /// `application/octet-stream`
    case bytes
    /// Anything else, in full.
    case other(String)
}

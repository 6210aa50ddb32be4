// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import UVRuntime

/// One request as a handler sees it: complete, checked, immutable.
///
/// ```swift
/// Route(.post, "/api/cart/add/", name: "cart.add", access: "customer") { request in
///     let input = try request.json { body in
///         (variant: body.string("variant_id", length: 1...64), quantity: body.int("quantity", in: 1...9_999))
///     }
///     let key = try request.singleHeader("Idempotency-Key")
///     …
/// }
/// ```
/// - Isolation: a value without isolation; the handler runs on the loop of the connection.
public final class RequestContext: Sendable {
    /// The route that was found.
    public var route: Route { mounted.route }
    /// The method as sent: HEAD on a GET route.
    public let method: HTTPMethod
    /// The decoded query.
    public let query: QueryItems
    /// The values of the route's `{name}` segments.
    public let parameters: [String: String]
    /// The whole body, its codings removed; empty where it is in `file` or was taken apart into parts.
    public let body: [UInt8]
    /// The body, where the route reads `.spooled` and it was too long for memory.
    public let file: SpooledFile?
    let parts: [FormPart]?
    /// Names this request in the answer, in problems and in the log.
    public let requestID: RequestID
    let mounted: MountedRoute
    let head: RequestHead
    let origin: RequestOrigin
    private let ignoredFields = Mutex<[String]>([])
    private let parsedBody = Mutex<JSONDocument?>(nil)
    private let parsedForm = Mutex<QueryItems?>(nil)
    private let hasEffect = Atomic(false)

    init(
        head: RequestHead, mounted: MountedRoute, method: HTTPMethod, query: QueryItems, parameters: [String: String],
        body: [UInt8], parts: [FormPart]? = nil, file: SpooledFile? = nil, requestID: RequestID, origin: RequestOrigin
    ) {
        self.head = head
        self.mounted = mounted
        self.method = method
        self.query = query
        self.parameters = parameters
        self.body = body
        self.parts = parts
        self.file = file
        self.requestID = requestID
        self.origin = origin
    }

    /// The connection's other end.
    public var peer: Peer { origin.peer }

    /// The address to limit and log by: the peer's, or what our own proxies say in X-Forwarded-For.
    public var clientAddress: String { origin.clientAddress(of: head) }

    /// `https` or `http`: how the client reached us, or the proxy of ours that says so in X-Forwarded-Proto.
    public var scheme: String { origin.isSecure(of: head) ? "https" : "http" }

    /// The loop that runs the handler. Traps when asked for off a loop.
    public var loop: EventLoop {
        guard let loop = EventLoop.currentLoop else { preconditionFailure("a handler runs on its loop") }
        return loop
    }

    /// To be called before the first step that cannot be taken back (an idempotency claim, a commit): when the time
    /// limit passes after it, the answer is 504 `outcome-unknown` and the work completes; before it, 503 and the task
    /// is cancelled.
    public func effectBegins() { hasEffect.store(true, ordering: .relaxed) }

    /// Whether an effect has begun.
    var effectHasBegun: Bool { hasEffect.load(ordering: .relaxed) }

    /// The path, percent-decoded once and without dot segments, as it was routed; with or without a last slash as sent.
    public var path: String {
        head.withPath { String(decoding: $0, as: UTF8.self) }
    }

    /// The request's place in a trace: the caller's (`traceparent`), or one that begins here.
    public var trace: TraceContext { TraceContext(head, requestID) }

    // MARK: Header fields

    /// The value of the first field with this name, compared without case; octets that are not UTF-8 are replaced.
    public func header(_ name: StaticString) -> String? {
        guard let field = head.fields.first(where: { head.isNamed($0, name) }) else { return nil }
        return String(decoding: head.bytes[field.value], as: UTF8.self)
    }

    /// The value's octets.
    public func headerBytes(_ name: StaticString) -> ArraySlice<UInt8>? {
        head.fields.first { head.isNamed($0, name) }.map { head.bytes[$0.value] }
    }

    /// The values of all lines with this name, in order.
    public func headers(_ name: StaticString) -> [String] { head.values(name) }

    /// The value of the first field with this name, and whether another one follows; for fields that may stand once.
    public func soleHeader(_ name: StaticString) -> (value: ArraySlice<UInt8>, isRepeated: Bool)? {
        var value: ArraySlice<UInt8>?
        for field in head.fields where head.isNamed(field, name) {
            if let value { return (value, true) }
            value = head.bytes[field.value]
        }
        return value.map { ($0, false) }
    }

    /// All field lines in the order sent, names as they were spelled: for records of what came, not for decisions.
    public var headerLines: [(name: String, value: String)] { head.lines }

    /// The value of a field that may stand once.
    /// - Throws: `Problem` 400 `malformed-request` when it is repeated.
    public func singleHeader(_ name: StaticString) throws -> String? {
        guard let (value, isRepeated) = soleHeader(name) else { return nil }
        guard !isRepeated else {
            throw Problem(.malformedRequest, detail: "The header field \(name) is repeated.")
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// Whether the client takes gzip as gladly as the plain octets.
    public var prefersGzip: Bool { AcceptEncoding.prefersGzip(head) }

    /// The media type of the body: type and subtype in lower case, without parameters; nil when there is none.
    public var mediaType: String? {
        guard let value = headerBytes("content-type") else { return nil }
        let type = value.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        return String(decoding: type.map(\.lowered), as: UTF8.self)
    }

    // MARK: Body

    /// The body as a parsed JSON text.
    /// - Throws: `Problem` 415 when the media type is not JSON, 400 `malformed-json`.
    public func jsonDocument() throws -> JSONDocument {
        // A body without a media type is taken for JSON; a form or text would let a foreign page post here.
        if let mediaType, mediaType != "application/json", !mediaType.hasSuffix("+json") {
            throw Problem(.unsupportedMediaType, detail: "The body must be application/json.")
        }
        do throws(JSONError) {
            return try parsedJSON()
        } catch {
            throw error.problem
        }
    }

    /// The body as JSON whatever its media type; parsed once, however many ask.
    public func parsedJSON() throws(JSONError) -> JSONDocument {
        if let known = parsedBody.withLock({ $0 }) { return known }
        let document = try JSONDocument(parsing: body)
        parsedBody.withLock { $0 = document }
        return document
    }

    /// The pairs of a body in `application/x-www-form-urlencoded`, in sent order; decoded once, however many ask.
    /// - Throws: `Problem` 415 for another media type, 400 `malformed-request` for a broken form, 413 for a too large one.
    public func form() throws -> QueryItems {
        if let known = parsedForm.withLock({ $0 }) { return known }
        try BodyMedia.requireForm(head)
        let limits = if case .form(let limits) = route.reads { limits } else { FormLimits() }
        let form = try QueryItems(form: body, limits: limits)
        parsedForm.withLock { $0 = form }
        return form
    }

    /// The parts of a body in `multipart/form-data`, in sent order.
    /// - Throws: `Problem` 415 for another media type; where the route reads bodies whole, 400 `malformed-request` and 413 as
    ///   well.
    public func multipart() throws -> [FormPart] {
        if let parts { return parts }
        let boundary = try BodyMedia.boundary(head)
        do throws(ParseFailure) {
            return try MultipartCollector.parts(of: body, boundary: boundary)
        } catch {
            throw error.contentProblem
        }
    }

    /// Reads the body's object and reports members that nobody asked for in `X-Ignored-Fields`.
    /// - Throws: as `jsonDocument`; `Problem` 422 with every wrong field; whatever `read` throws.
    public func json<T>(_ read: (inout JSONInput) throws -> T) throws -> T {
        let (value, ignored) = try JSONInput.read(try jsonDocument(), read)
        if !ignored.isEmpty { reportIgnored(ignored) }
        return value
    }

    /// Adds pointers to `X-Ignored-Fields` of the answer.
    public func reportIgnored(_ pointers: [String]) {
        ignoredFields.withLock { $0 += pointers }
    }

    /// `X-Ignored-Fields` for an answer; nil when nothing was ignored, or the answer has the field: a stored one keeps it.
    ///
    /// Pointers hold what the client sent: whatever is not a visible ASCII character is percent-encoded, and the whole is
    /// cut at 1 KiB.
    public func ignoredFieldsHeader(besides response: HTTPResponse) -> HTTPHeader? {
        guard response.header("X-Ignored-Fields") == nil else { return nil }
        let pointers = ignoredFields.withLock { $0 }
        guard !pointers.isEmpty else { return nil }
        var value: [UInt8] = []
        for pointer in pointers {
            if value.count > 1024 { break }
            if !value.isEmpty { value.append(contentsOf: ", ".utf8) }
            for octet in pointer.utf8.prefix(256) {
                if octet > 0x20, octet < 0x7F, octet != UInt8(ascii: ","), octet != UInt8(ascii: "%") {
                    value.append(octet)
                } else {
                    value += [UInt8(ascii: "%"), hexDigit(octet >> 4), hexDigit(octet & 15)]
                }
            }
        }
        return HTTPHeader("X-Ignored-Fields", String(decoding: value, as: UTF8.self))
    }
}

/// The other end of a connection.
public struct Peer: Sendable, Hashable {
    /// The numeric address, without a port.
    public let address: String
    /// The port.
    public let port: Int

    /// A peer.
    public init(address: String, port: Int) {
        self.address = address
        self.port = port
    }
}

// SPDX-License-Identifier: Apache-2.0

extension Problem.Kind {
    /// 400: the request breaks the rules of HTTP; the connection closes after a framing error.
    public static let malformedRequest = Problem.Kind("malformed-request", .badRequest, "Malformed request")
    /// 400: the body is not the JSON this server accepts.
    public static let malformedJSON = Problem.Kind("malformed-json", .badRequest, "Malformed JSON")
    /// 400: a query parameter that the route does not know.
    public static let unknownParameter = Problem.Kind("unknown-parameter", .badRequest, "Unknown query parameter")
    /// 404: no such route, or no such thing.
    public static let notFound = Problem.Kind("not-found", .notFound, "Not found")
    /// 405, with Allow.
    public static let methodNotAllowed = Problem.Kind("method-not-allowed", .methodNotAllowed, "Method not allowed")
    /// 408: the head or the body did not arrive in time.
    public static let requestTimeout = Problem.Kind("request-timeout", .requestTimeout, "Request timeout")
    /// 413: the body is longer than the route allows.
    public static let payloadTooLarge = Problem.Kind("payload-too-large", .contentTooLarge, "Payload too large")
    /// 414: the request line is too long.
    public static let uriTooLong = Problem.Kind("uri-too-long", .uriTooLong, "URI too long")
    /// 415: not a media type that the route reads.
    public static let unsupportedMediaType = Problem.Kind(
        "unsupported-media-type", .unsupportedMediaType, "Unsupported media type")
    /// 412: what was to be read is not what the client has.
    public static let preconditionFailed = Problem.Kind("version-conflict", .preconditionFailed, "Version conflict")
    /// 416, with Content-Range.
    public static let rangeNotSatisfiable = Problem.Kind(
        "range-not-satisfiable", .rangeNotSatisfiable, "Range not satisfiable")
    /// 417: an expectation other than `100-continue`.
    public static let expectationFailed = Problem.Kind("expectation-failed", .expectationFailed, "Expectation failed")
    /// 422: well-formed, but fields are missing or wrong; `errors[].pointer` names each.
    public static let validationFailed = Problem.Kind("validation-failed", .unprocessableContent, "Validation failed")
    /// 431: too many header fields, or too long ones.
    public static let headersTooLarge = Problem.Kind(
        "headers-too-large", .headerFieldsTooLarge, "Request header fields too large")
    /// 500: our fault; the log has it under the request id.
    public static let internalError = Problem.Kind("internal-error", .internalServerError, "Internal server error")
    /// 501: an unknown method or transfer coding.
    public static let notImplemented = Problem.Kind("not-implemented", .notImplemented, "Not implemented")
    /// 503: refused because something is full or draining; nothing was done.
    public static let overloaded = Problem.Kind("overloaded", .serviceUnavailable, "Overloaded")
    /// 503: something this request needs is down; nothing was done.
    public static let dependencyUnavailable = Problem.Kind(
        "dependency-unavailable", .serviceUnavailable, "Dependency unavailable")
    /// 504: the time limit passed after the work had begun; a retry with the same idempotency key tells its outcome.
    public static let outcomeUnknown = Problem.Kind("outcome-unknown", .gatewayTimeout, "Outcome unknown")
    /// 505: a major version other than 1.
    public static let versionNotSupported = Problem.Kind(
        "version-not-supported", .versionNotSupported, "HTTP version not supported")

    /// Every kind that this target can produce; a test compares the codes with the published list.
    public static let transport: [Problem.Kind] = [
        .malformedRequest, .malformedJSON, .unknownParameter, .notFound, .methodNotAllowed, .requestTimeout,
        .payloadTooLarge, .uriTooLong, .unsupportedMediaType, .preconditionFailed,
        .rangeNotSatisfiable, .expectationFailed, .validationFailed, .headersTooLarge,
        .internalError, .notImplemented, .overloaded, .dependencyUnavailable, .outcomeUnknown, .versionNotSupported,
    ]
}

// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore

/// What all routes of the shop have in common, as the API's description tells it: who may call, which header fields they
/// know, and the problems that come from before the endpoint.
public enum APIConventions {
    /// For `OpenAPIDocument`.
    public static let all = OpenAPIConventions(
        tags: APITag.allCases.map { ($0.rawValue, $0.text) }, securitySchemes: securitySchemes, security: security,
        parameters: parameters, problems: { problems(of: $0).map(\.kind) }, headers: headers, problem: .problem)

    private static let securitySchemes: [JSONTree.Member] = [
        .init(
            "bearer",
            [
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description":
                    "The access token of `POST /api/auth/login/`, valid for 15 minutes. The names beside it are the roles and permissions that the user must have.",
            ]),
        .init(
            "cartToken",
            [
                "type": "apiKey", "in": "header", "name": "X-Cart-Token",
                "description": "The token of an anonymous cart, issued by the first answer of a cart endpoint.",
            ]),
        .init(
            "razorpaySignature",
            [
                "type": "apiKey", "in": "header", "name": "X-Razorpay-Signature",
                "description": "HMAC-SHA256 of the body's octets under the webhook's secret, in hexadecimal.",
            ]),
    ]

    @Sendable
    private static func security(_ route: Route) -> JSONTree {
        let words = route.access.split(separator: "+").map(String.init)
        return switch words.first {
        case "none": []
        case "optional": [["bearer": .strings(Array(words.dropFirst()))], ["cartToken": []], [:]]
        case "any": [["bearer": []]]
        case "signature": [["razorpaySignature": []]]
        default: [["bearer": .strings(words)]]
        }
    }

    // MARK: Header fields

    @Sendable
    private static func parameters(_ route: Route) -> [RouteParameter] {
        var parameters: [RouteParameter] = []
        if takesKeys(route) { parameters.append(idempotencyKey(isRequired: route.idempotency == .required)) }
        // What is answered at once does the same in every version.
        if !route.isImmediate { parameters.append(version) }
        parameters.append(language)
        return parameters
    }

    private static let language = RouteParameter.header(
        "Accept-Language", "The language of problems and notifications: English (`en`) or Hindi (`hi`).",
        .string(example: "hi-IN, en;q=0.5"))

    private static let version = RouteParameter.header(
        "\(APIVersions.header)", "Pins the behaviour to a version; the newest unless sent.", .choice(APIVersions.all))

    private static func idempotencyKey(isRequired: Bool) -> RouteParameter {
        .header(
            "Idempotency-Key",
            """
            Makes the request happen at most once: the same request under the same key is answered with the first answer, byte \
            for byte. 1 to \(IdempotencyKey.byteCountMax) visible ASCII characters, bare or as one quoted string; at least \
            \(IdempotencyKey.weakPrincipalByteCountMin) without a login. A UUID will do.
            """,
            .string(
                length: 1...IdempotencyKey.byteCountMax, pattern: "^[!-~]+$",
                example: "5f2b1c9e-7d34-4a86-9c1e-0b6a2d8f4e73"),
            isRequired: isRequired)
    }

    private static func takesKeys(_ route: Route) -> Bool {
        [.accepted, .required].contains(route.idempotency) && !route.method.isSafe
    }

    @Sendable
    private static func headers(_ route: Route, _ status: HTTPStatus) -> [RouteHeader] {
        var headers = [requestID]
        if takesKeys(route), status.code < 500 { headers.append(replayed) }
        if !route.isImmediate, status.code < 400 { headers.append(takenVersion) }
        if route.description?.body != nil, status.code < 500 { headers.append(ignoredFields) }
        if status.code >= 400 { headers.append(toldLanguage) }
        switch status.code {
        case 401: headers.append(authenticate)
        case 409 where takesKeys(route), 503, 504: headers.append(retryAfter(isAlways: false))
        case 429: headers.append(retryAfter(isAlways: true))
        default: break
        }
        if route.isRateLimited { headers += limits }
        return headers
    }

    private static let requestID = RouteHeader(
        "X-Request-Id", "Names the request in our logs.",
        .string(pattern: "^[0-9A-HJKMNP-TV-Z]{26}$", example: "01KAZ6Z3Y8Q2M5B7R9T1V3X5Z7"), isAlways: true)

    private static let takenVersion = RouteHeader(
        "\(APIVersions.header)", "The version that was asked for.", .choice(APIVersions.all), isAlways: false)

    private static let replayed = RouteHeader(
        "Idempotent-Replayed", "The answer is a stored one: this request changed nothing.", .constant("true"),
        isAlways: false)

    private static let ignoredFields = RouteHeader(
        "X-Ignored-Fields", "JSON pointers of the body's members that nobody asked for.",
        .string(example: "/lines/0/colour"), isAlways: false)

    private static let toldLanguage = RouteHeader(
        "Content-Language", "The language of the title, and of the detail where it has a text in it.",
        .choice([ProblemLanguages.shop.own.tag] + ProblemLanguages.shop.others.map(\.tag)), isAlways: false)

    private static let authenticate = RouteHeader(
        "WWW-Authenticate", "The challenge (RFC 6750).",
        .string(pattern: "^Bearer ", example: "Bearer realm=\"mve\""), isAlways: true)

    private static func retryAfter(isAlways: Bool) -> RouteHeader {
        RouteHeader(
            "Retry-After", "Seconds after which to ask again.", .integer(0...Int.max, example: 1), isAlways: isAlways)
    }

    private static let limits = [
        RouteHeader(
            "RateLimit-Policy", "The budgets that the request counts against.",
            .string(example: "\"read\";q=300;w=60"), isAlways: false),
        RouteHeader(
            "RateLimit", "What is left of the budget, and the seconds until it is full again.",
            .string(example: "\"read\";r=299;t=1"), isAlways: false),
    ]

    // MARK: Problems

    /// Whether a route is for everybody, and for those alone of a role who send a token.
    private static func isOptional(_ access: String) -> Bool { access.hasPrefix("optional") }

    /// What can stop a request to a route before its endpoint is asked, or whatever it does.
    static func problems(of route: Route) -> [ProblemCode] {
        var codes: [ProblemCode] = [
            .malformedRequest, .requestTimeout, .payloadTooLarge, .uriTooLong, .expectationFailed, .headersTooLarge,
            .internalError, .notImplemented, .overloaded, .unsupportedMediaType, .versionNotSupported,
        ]
        if route.query != nil { codes.append(.unknownParameter) }
        if !route.isImmediate { codes.append(.dependencyUnavailable) }
        if route.isRateLimited { codes.append(.rateLimited) }
        if route.description?.body?.mediaType == "application/json", route.access != "signature" {
            codes += [.malformedJSON, .validationFailed]
        }
        switch route.access {
        case "none", "signature": break
        case "any": codes += [.tokenMissing, .tokenExpired, .tokenInvalid, .accountBlocked]
        case "optional": codes += [.tokenExpired, .tokenInvalid, .accountBlocked]
        case let access where isOptional(access):
            codes += [.tokenExpired, .tokenInvalid, .accountBlocked, .wrongAudience, .forbidden]
        default:
            codes += [.tokenMissing, .tokenExpired, .tokenInvalid, .accountBlocked, .wrongAudience, .forbidden]
        }
        if takesKeys(route) {
            codes += [.idempotencyKeyInvalid, .idempotencyKeyReused, .idempotencyInProgress, .outcomeUnknown]
            if route.access == "none" || isOptional(route.access) { codes.append(.idempotencyKeyTooWeak) }
        }
        if route.idempotency == .required { codes.append(.idempotencyKeyRequired) }
        if route.idempotency == .unsupported { codes.append(.idempotencyUnsupported) }
        return codes
    }
}

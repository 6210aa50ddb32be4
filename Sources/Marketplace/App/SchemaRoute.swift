// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Synchronization
import UVRuntime

/// `GET /schema/`: the description of all routes, its own included, as OpenAPI 3.1.
///
/// A form is made when it is asked for first, and kept: nothing but comparing a tag is left for later requests. Most processes are never
/// asked, and their start and their memory do without a megabyte of text, its tree and its packing.
enum SchemaRoute {
    /// The route that describes `routes` and itself.
    ///
    /// - Parameter loop: runs aside what takes some tenths of a second where it holds nobody up; nil for who has nobody to hold up.
    static func route(describing routes: [Route], aside loop: EventLoop? = nil) -> Route {
        let forms = Forms(routes: routes)
        return route { request in
            let format = try format(request)
            if let made = forms.made(format) { return made.response(to: request) }
            let made = try await loop?.offload { forms.make(format) } ?? forms.make(format)
            return made.response(to: request)
        }
    }

    /// The forms that were asked for.
    private final class Forms: Sendable {
        private let routes: [Route]
        private let known = Mutex<[Format: ConstantBody]>([:])
        /// Held while one is made: who asks meanwhile waits for it, on a worker thread of their own.
        private let making = Mutex(())

        init(routes: [Route]) {
            self.routes = routes
        }

        func made(_ format: Format) -> ConstantBody? { known.withLock { $0[format] } }

        func make(_ format: Format) -> ConstantBody {
            making.withLock { _ in
                if let made = made(format) { return made }
                // Only what a route says of itself goes into the document, not how it answers.
                let tree = SchemaRoute.document(of: routes + [SchemaRoute.route { _ in .noContent }]).tree
                let body =
                    switch format {
                    case .json: ConstantBody(.json, tree.jsonBytes(), caching: SchemaRoute.caching)
                    case .yaml:
                        ConstantBody(.other("application/yaml"), tree.yamlBytes(), caching: SchemaRoute.caching)
                    }
                known.withLock { $0[format] = body }
                return body
            }
        }
    }

    /// The document of a table of routes.
    static func document(of routes: [Route]) -> OpenAPIDocument {
        OpenAPIDocument(of: routes, info: info, conventions: APIConventions.all)
    }

    private enum Format: String, CaseIterable { case json, yaml }

    /// It changes with the build alone, and then at once.
    private static let caching = "public, no-cache"

    private static func route(_ handler: @escaping Handler) -> Route {
        Route(.get, "/schema/", name: "schema", query: ["format"], isRateLimited: false, handler: handler)
            .described(as: description)
    }

    private static func format(_ request: RequestContext) throws -> Format {
        let texts = request.query.values("format")
        guard let text = texts.first else { return .json }
        guard texts.count == 1 else {
            throw Problem(.malformedRequest, detail: "The parameter format is repeated.")
        }
        guard let format = Format(rawValue: text) else {
            throw Problem(
                .validationFailed,
                errors: [.init(pointer: "/format", code: "invalid-parameter", message: "json or yaml is expected")])
        }
        return format
    }

    private static let description = RouteDescription(
        tag: .service, summary: "Read this description",
        text: "OpenAPI 3.1 of the build that answers, made from the table of routes that serves requests.",
        parameters: [
            .query("format", "The form.", Schema.choice(["json", "yaml"]).defaults(to: "json")), .ifNoneMatch,
        ],
        answers: [
            RouteAnswer(
                .ok, "The description.",
                contents: [("application/json", openAPI), ("application/yaml", openAPI)],
                headers: [.etag, cachingHeader]),
            .empty(.notModified, "The client has it already.", headers: [.etag, cachingHeader]),
        ], problems: [.validationFailed])

    private static let openAPI = Schema.object([
        .required("openapi", .constant("3.1.0")),
        .required("info", Schema.object([]).example(["title": "MVE marketplace API", "version": "0.1.0"])),
        .required("paths", Schema.object([]).example([:])),
    ])

    private static let cachingHeader = RouteHeader(
        "Cache-Control", "May be kept, and must be asked for anew.", .constant("public, no-cache"), isAlways: true)

    private static var info: JSONTree {
        [
            "title": "MVE marketplace API",
            "summary": "Many sellers, consumers and companies, one REST API.",
            "description": .string(conventions),
            "version": .string(BuildVersion.number),
            "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
        ]
    }

    private static let conventions = """
        JSON in UTF-8. The same path without its last slash is the same endpoint; `HEAD` is answered wherever `GET` is, `OPTIONS` tells \
        the methods, another method is 405 with `Allow`.

        **Ids** are opaque texts with a prefix. **Money** is in minor units (paise). Integers are written without fraction and exponent (`1.0` is refused). **Times** are RFC 3339 in UTC with \
        milliseconds.         Unknown query parameters are refused, unknown members of a body ignored and named in `X-Ignored-Fields`. Answers hold the \
        members described here; later versions may add some, so ignore what you do not know.

        **Errors** are `application/problem+json` (RFC 9457) with a stable `code`; `errors[].pointer` names what is wrong in a body. \
        401 asks for a (new) token, 409 tells of a conflict with the state, 412 of another version, 422 of wrong fields. After 429 and \
        503 wait for `Retry-After`: nothing was done. After 504 `outcome-unknown` ask again with the same `Idempotency-Key`.

        **Idempotency.** With an `Idempotency-Key` a write happens at most once, whatever is lost on the way: the same request gets \
        the first answer again with `Idempotent-Replayed: true`; another request under the key is 409 `idempotency-key-reused`. Answers \
        are kept for at least a day.

        **Versions.** What can change has a `version` and an `ETag`; `If-Match` or `expected_version` guard a change, `If-None-Match` \
        saves an answer. `X-Api-Version` pins the behaviour of the whole API. A `traceparent` (W3C) is continued.
        """
}

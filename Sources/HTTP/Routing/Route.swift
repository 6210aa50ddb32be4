// SPDX-License-Identifier: Apache-2.0

/// Answers a request. Runs on the loop of the connection; may await.
public typealias Handler = @Sendable (RequestContext) async throws -> HTTPResponse

/// Answers a request without awaiting anything: no task is made for it.
public typealias ImmediateHandler = @Sendable (RequestContext) throws -> HTTPResponse

/// Answers a request from what is at hand, without awaiting anything; nil where that is not enough, and the route's handler is
/// to run.
///
/// No middleware stands before it: it answers only what all of them would let pass.
public typealias PromptHandler = @Sendable (RequestContext) -> HTTPResponse?

/// Decides by its head whether a request's body is wanted; what it throws is the answer, given before the body is read.
public typealias Admission = @Sendable (RequestContext) async throws -> Void

/// Wraps the handlers of routes: `{ route, next in { request in … try await next(request) … } }`.
///
/// Applied once per route when the router is built, so what does not concern a route costs it nothing. Immediate
/// handlers are not wrapped.
public typealias Middleware = @Sendable (Route, @escaping Handler) -> Handler

/// One endpoint: where it is, what it accepts and who answers.
///
/// ```swift
/// Route(.get, "/api/products/detail/", name: "products.detail", query: ["id"]) { request in … }
/// Route(.post, "/api/orders/create/", name: "orders.create", access: "customer", idempotency: .accepted) { request in … }
/// Route.immediate(.get, "/api/health/", name: "health") { _ in .json { $0.field("status", "ok") } }
/// ```
public struct Route: Sendable {
    /// What a route does with `Idempotency-Key`.
    public enum Idempotency: String, Sendable {
        /// Not looked at.
        case ignored
        /// Honoured when sent.
        case accepted
        /// Refused without one.
        case required
        /// Refused with one: an answer that streams cannot be given again.
        case unsupported
    }

    enum Answer: Sendable {
        case task(Handler)
        case immediate(ImmediateHandler)
    }

    /// The longest JSON body, and the default of a route.
    public static let bodyMaxDefault = 1024 * 1024

    /// The method. GET serves HEAD as well.
    public let method: HTTPMethod
    /// The path with its last slash; a segment `{name}` matches any one segment. The same path without the last slash
    /// is the same route.
    public let path: String
    /// A short stable name for metrics and logs.
    public let name: String
    /// Who may call it: a tag that the application gives a meaning.
    public let access: String
    /// The query parameters it knows; others are refused with 400 `unknown-parameter`. nil accepts any.
    public let query: [String]?
    /// What it does with an idempotency key.
    public let idempotency: Idempotency
    /// The longest body in octets, its codings removed; above it 413.
    public let bodyMax: Int
    /// How a body is read.
    public let reads: BodyReading
    /// Whether a rate limit applies.
    public let isRateLimited: Bool
    /// What it says of itself to callers.
    public private(set) var description: RouteDescription?
    /// Who may send a body; nil where bodies are short enough to be taken first.
    private(set) var admission: Admission?
    var answer: Answer
    /// Asked before a task is made for the handler.
    private(set) var prompt: PromptHandler?
    /// Position in the router, for tables kept beside it.
    var index = 0

    /// A route answered by a handler that may await.
    public init(
        _ method: HTTPMethod, _ path: String, name: String, access: String = "none", query: [String]? = [],
        idempotency: Idempotency = .ignored, reads: BodyReading = .whole, bodyMax: Int? = nil,
        isRateLimited: Bool = true, handler: @escaping Handler
    ) {
        self.init(
            method, path, name, access, query, idempotency, reads, bodyMax, isRateLimited, .task(handler))
    }

    /// A route answered at once.
    public static func immediate(
        _ method: HTTPMethod, _ path: String, name: String, access: String = "none", query: [String]? = [],
        reads: BodyReading = .whole, bodyMax: Int? = nil, isRateLimited: Bool = false,
        handler: @escaping ImmediateHandler
    ) -> Route {
        Route(method, path, name, access, query, .ignored, reads, bodyMax, isRateLimited, .immediate(handler))
    }

    private init(
        _ method: HTTPMethod, _ path: String, _ name: String, _ access: String, _ query: [String]?,
        _ idempotency: Idempotency, _ reads: BodyReading, _ bodyMax: Int?, _ isRateLimited: Bool, _ answer: Answer
    ) {
        let bodyMax = bodyMax ?? reads.bodyMaxDefault
        precondition(path.utf8.first == UInt8(ascii: "/"), "a route's path begins with a slash")
        precondition(bodyMax >= 0, "a body limit is not negative")
        self.method = method
        self.path = path
        self.name = name
        self.access = access
        self.query = query
        self.idempotency = idempotency
        self.reads = reads
        self.bodyMax = bodyMax
        self.isRateLimited = isRateLimited
        self.answer = answer
    }

    /// Whether it is answered without awaiting anything.
    public var isImmediate: Bool {
        if case .immediate = answer { true } else { false }
    }

    /// The route with its description, whose query parameters are the route's.
    public func described(as description: RouteDescription) -> Route {
        let names = description.parameters.filter { $0.place == .query }.map(\.name)
        precondition(
            query.map { $0.sorted() == names.sorted() } ?? true, "\(path) is described with other parameters")
        var route = self
        route.description = description
        return route
    }

    /// The route with somebody who is asked first, and whose answers need no task.
    public func answered(first prompt: @escaping PromptHandler) -> Route {
        precondition(!isImmediate, "\(path) is answered at once anyway")
        var route = self
        route.prompt = prompt
        return route
    }

    /// The route with a look at the head before the body is taken: for long bodies. The request that it sees has none.
    public func admitting(_ admission: @escaping Admission) -> Route {
        var route = self
        route.admission = admission
        return route
    }

    func wrapped(by middleware: [Middleware]) -> Route {
        guard case .task(let handler) = answer else { return self }
        var route = self
        // The first in the list is the outermost.
        route.answer = .task(middleware.reversed().reduce(handler) { next, wrap in wrap(self, next) })
        return route
    }
}

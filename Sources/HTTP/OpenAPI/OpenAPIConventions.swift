// SPDX-License-Identifier: Apache-2.0

/// What holds for all routes of an application, so that no description repeats it.
public struct OpenAPIConventions: Sendable {
    /// The groups in the order they are shown, each with what it is about.
    public var tags: [(name: String, text: String)]
    /// `components.securitySchemes`.
    public var securitySchemes: [JSONTree.Member]
    /// Who may call a route: OpenAPI's `security`, by the route's access.
    public var security: @Sendable (Route) -> JSONTree
    /// The header fields that a request may carry.
    public var parameters: @Sendable (Route) -> [RouteParameter]
    /// The problems beside the route's own.
    public var problems: @Sendable (Route) -> [Problem.Kind]
    /// The header fields of answers with a status beside the route's own.
    public var headers: @Sendable (Route, HTTPStatus) -> [RouteHeader]
    /// The problem document.
    public var problem: Schema

    /// States them.
    public init(
        tags: [(name: String, text: String)], securitySchemes: [JSONTree.Member],
        security: @escaping @Sendable (Route) -> JSONTree,
        parameters: @escaping @Sendable (Route) -> [RouteParameter],
        problems: @escaping @Sendable (Route) -> [Problem.Kind],
        headers: @escaping @Sendable (Route, HTTPStatus) -> [RouteHeader], problem: Schema
    ) {
        self.tags = tags
        self.securitySchemes = securitySchemes
        self.security = security
        self.parameters = parameters
        self.problems = problems
        self.headers = headers
        self.problem = problem
    }
}

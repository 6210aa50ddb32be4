// SPDX-License-Identifier: Apache-2.0

/// Finds the route of a request by method and path.
///
/// ```swift
/// let router = Router(Orders.routes + Carts.routes, middleware: [authentication, idempotency])
/// for route in router.routes { print(route.method.rawValue, route.path, route.access) }
/// ```
/// - Cost: one hash of the path's octets; paths with `{name}` segments are tried in order after the fixed ones.
public struct Router: Sendable {
    /// All routes in the order given, wrapped by the middleware.
    public let routes: [Route]
    /// `Allow` for `OPTIONS *`.
    let allowedEverywhere: String
    private let mounted: [MountedRoute]
    /// Takes what no route takes.
    private let fallback: MountedRoute?
    private let table: PathTable
    private let templates: [PathTemplate]

    /// What was found for a path.
    enum Match {
        case route(MountedRoute, parameters: [String: String])
        /// The path exists; `allow` lists its methods.
        case otherMethod(allow: String)
        case nothing
    }

    /// A router over these routes. Two routes with one method and path are our own mistake and trap.
    /// - Parameters:
    ///   - middleware: the first is the outermost.
    ///   - fallback: answers every path and method that no route has, instead of 404 and 405; its own path and method
    ///     mean nothing. For servers whose protocol has a form of its own for what does not exist.
    public init(_ routes: [Route], middleware: [Middleware] = [], fallback: Route? = nil) {
        let routes = routes.enumerated().map { index, route in
            var route = route.wrapped(by: middleware)
            route.index = index
            return route
        }
        self.routes = routes
        mounted = routes.map(MountedRoute.init)
        self.fallback = fallback.map { fallback in
            var fallback = fallback.wrapped(by: middleware)
            fallback.index = routes.count
            return MountedRoute(fallback)
        }
        var places: [PathTable.Place] = []
        var templates: [PathTemplate] = []
        for (index, route) in routes.enumerated() {
            let key = PathTable.key(route.path)
            if let template = PathTemplate(route.path) {
                if let known = templates.firstIndex(where: { $0.shape == template.shape }) {
                    templates[known].endpoints.add(route, index)
                } else {
                    templates.append(template.adding(route, index))
                }
            } else if let known = places.firstIndex(where: { $0.path == key }) {
                places[known].endpoints.add(route, index)
            } else {
                var place = PathTable.Place(path: key)
                place.endpoints.add(route, index)
                places.append(place)
            }
        }
        table = PathTable(places)
        self.templates = templates
        var all = Endpoints()
        for route in routes where !all.contains(route.method) { all.add(route, 0) }
        allowedEverywhere = all.allow
    }

    /// Whether any body may go to the disk.
    var spoolsBodies: Bool {
        (mounted + (fallback.map { [$0] } ?? [])).contains { mounted in
            switch mounted.route.reads {
            case .multipart, .spooled: true
            case .whole, .form: false
            }
        }
    }

    /// - Parameter path: decoded; a last slash makes no difference.
    func match(_ method: HTTPMethod, _ path: UnsafeBufferPointer<UInt8>) -> Match {
        if let endpoints = table.find(path) { return match(method, endpoints, [:]) }
        for template in templates {
            if let parameters = template.parameters(of: path) {
                return match(method, template.endpoints, parameters)
            }
        }
        return fallback.map { .route($0, parameters: [:]) } ?? .nothing
    }

    private func match(_ method: HTTPMethod, _ endpoints: Endpoints, _ parameters: [String: String]) -> Match {
        if let index = endpoints.index(method) { return .route(mounted[index], parameters: parameters) }
        // What may be asked for is told on OPTIONS also where there is a fallback.
        if let fallback, method != .options { return .route(fallback, parameters: [:]) }
        return .otherMethod(allow: endpoints.allow)
    }
}

/// A route in its router: one reference on the way of a request, where the structure would be copied with all of its own.
final class MountedRoute: Sendable {
    let route: Route
    let answer: Route.Answer
    let prompt: PromptHandler?

    init(_ route: Route) {
        self.route = route
        answer = route.answer
        prompt = route.prompt
    }
}

/// The routes of one path, by method.
struct Endpoints: Sendable {
    private var indices = [Int](repeating: -1, count: HTTPMethod.allCases.count)
    /// The value of Allow.
    private(set) var allow = ""

    mutating func add(_ route: Route, _ index: Int) {
        let slot = Self.slot(route.method)
        precondition(indices[slot] < 0, "\(route.method.rawValue) \(route.path) is mounted twice")
        indices[slot] = index
        allow = HTTPMethod.allCases.filter { contains($0) || $0 == .options }.map(\.rawValue).joined(separator: ", ")
    }

    func contains(_ method: HTTPMethod) -> Bool { index(method) != nil }

    /// HEAD falls back to GET.
    func index(_ method: HTTPMethod) -> Int? {
        let index = indices[Self.slot(method)]
        if index >= 0 { return index }
        return method == .head ? self.index(.get) : nil
    }

    private static func slot(_ method: HTTPMethod) -> Int {
        switch method {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }
}

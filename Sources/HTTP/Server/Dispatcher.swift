// SPDX-License-Identifier: Apache-2.0

/// Decides what a head asks for, before its body is read: the part of the server that needs no connection.
final class Dispatcher: Sendable {
    let router: Router

    init(router: Router) { self.router = router }

    enum Decision {
        case route(MountedRoute, query: QueryItems, parameters: [String: String])
        /// Answered without a handler, once the body has been read or given up.
        case refuse(Problem)
        /// OPTIONS.
        case allow(String)
    }

    func decide(_ head: RequestHead) -> Decision {
        guard let method = head.method else {
            return .refuse(Problem(.notImplemented, detail: "The method is not known here."))
        }
        if head.hasUnknownExpectation {
            return .refuse(Problem(.expectationFailed, detail: "Only 100-continue is understood."))
        }
        if head.isAsterisk { return .allow(router.allowedEverywhere) }
        switch head.withPath({ router.match(method, $0) }) {
        case .nothing: return .refuse(Problem(.notFound, detail: "There is nothing at this path."))
        case .otherMethod(let allow):
            if method == .options { return .allow(allow) }
            return .refuse(
                Problem(
                    .methodNotAllowed, detail: "\(method.rawValue) is not allowed here.",
                    headers: [HTTPHeader("Allow", allow)]))
        case .route(let mounted, let parameters):
            do {
                return .route(mounted, query: try Self.query(head, mounted.route), parameters: parameters)
            } catch {
                return .refuse(error as? Problem ?? Problem(.malformedRequest))
            }
        }
    }

    private static func query(_ head: RequestHead, _ route: Route) throws -> QueryItems {
        guard let range = head.queryRange, !range.isEmpty else { return QueryItems() }
        let query = try QueryItems(decoding: head.bytes[range])
        guard let known = route.query else { return query }
        let unknown = query.pairs.filter { pair in !known.contains { $0.utf8.elementsEqual(pair.name.utf8) } }
        guard unknown.isEmpty else {
            throw Problem(
                .unknownParameter, detail: "A query parameter is not known here.",
                errors: unknown.map {
                    .init(
                        code: "unknown-parameter", message: "not a parameter of this endpoint",
                        members: [("parameter", .string(String($0.name.unicodeScalars.prefix(100))))])
                })
        }
        return query
    }

    /// The answer to what a handler threw.
    /// - Parameter language: as in `Problem.response`.
    /// - Returns: `unexpected` is the error when it was not meant for the client: it belongs in the log.
    static func answer(
        to error: any Error, requestID: RequestID, in language: ProblemLanguage? = nil
    ) -> (response: HTTPResponse, unexpected: (any Error)?) {
        if let problem = error as? Problem { return (problem.response(requestID: requestID, in: language), nil) }
        if let error = error as? JSONError { return (error.problem.response(requestID: requestID, in: language), nil) }
        return (Problem(.internalError).response(requestID: requestID, in: language), error)
    }
}

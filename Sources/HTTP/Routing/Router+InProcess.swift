// SPDX-License-Identifier: Apache-2.0

extension Router {
    /// Answers one request given as octets, without a socket: parser, routing and handler as in the server.
    ///
    /// ```swift
    /// let response = await router.respond(to: "GET /api/health/ HTTP/1.1\r\nHost: test\r\n\r\n")
    /// ```
    /// For tests of routes. A request that is cut off is answered with 400.
    public func respond(
        to request: String, peer: Peer = Peer(address: "127.0.0.1", port: 0)
    ) async -> HTTPResponse {
        await respond(toOctets: Array(request.utf8), peer: peer)
    }

    /// The same of a request whose body is no text.
    public func respond(
        toOctets request: [UInt8], peer: Peer = Peer(address: "127.0.0.1", port: 0)
    ) async -> HTTPResponse {
        var ids = RequestIDSource()
        let id = ids.next(milliseconds: wallMilliseconds())
        do {
            return try await answer(request, id, RequestOrigin(peer: peer) { _ in false })
        } catch {
            return Dispatcher.answer(to: error, requestID: id).response
        }
    }

    private func answer(_ octets: [UInt8], _ id: RequestID, _ origin: RequestOrigin) async throws -> HTTPResponse {
        let (head, body) = try Self.parsed(octets, router: self)
        switch Dispatcher(router: self).decide(head) {
        case .refuse(let problem): throw problem
        case .allow(let methods):
            return HTTPResponse(.noContent, headers: [HTTPHeader("Allow", methods)])
        case .route(let mounted, let query, let parameters):
            let context = RequestContext(
                head: head, mounted: mounted, method: head.method ?? .get, query: query, parameters: parameters,
                body: body, requestID: id, origin: origin)
            var response =
                switch mounted.answer {
                case .immediate(let handler): try handler(context)
                case .task(let handler):
                    if let known = mounted.prompt?(context) { known } else { try await handler(context) }
                }
            if let ignored = context.ignoredFieldsHeader(besides: response) { response.headers.append(ignored) }
            return response
        }
    }

    private static func parsed(_ octets: [UInt8], router: Router) throws -> (RequestHead, [UInt8]) {
        var parser = RequestParser(limits: ParserLimits())
        var head = RequestHead()
        var body: [UInt8] = []
        var consumed = 0
        return try octets.withUnsafeBufferPointer { input in
            while true {
                switch parser.next(input, &consumed) {
                case .needMore: throw Problem(.malformedRequest, detail: "The request is cut off.")
                case .head:
                    head = parser.takeHead()
                    parser.bodyMax = Route.bodyMaxDefault
                    if case .route(let mounted, _, _) = Dispatcher(router: router).decide(head) {
                        parser.bodyMax = mounted.route.bodyMax
                    }
                    if case .length(let count) = head.body, count > parser.bodyMax {
                        throw Problem(.payloadTooLarge)
                    }
                case .body(let part): body.append(contentsOf: part)
                case .end: return (head, body)
                case .failed(let failure): throw failure.problem
                }
            }
        }
    }
}

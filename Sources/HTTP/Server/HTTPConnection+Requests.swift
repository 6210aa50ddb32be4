// SPDX-License-Identifier: Apache-2.0

import Logging
import UVRuntime

extension HTTPConnection {
    /// Parses until the input is used up or a request must be answered first; returns the octets used.
    func parse(_ input: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var consumed = start
        while canParse {
            switch parser.next(input, &consumed) {
            case .needMore:
                awaitMore()
                return consumed
            case .head: headArrived(inputIsUsedUp: consumed == input.count)
            case .body(let part): bodyArrived(part)
            case .end: requestArrived()
            case .failed(let failure):
                server.metrics.refused(failure.kind.code)
                refuseStream(failure.problem)
                return input.count
            }
        }
        return consumed
    }

    /// Sets the clock that runs while more input is awaited.
    private func awaitMore() {
        if !parser.isInHead {
            phase = .body
            guard current?.bodyBegan == 0 else { return }
            current?.bodyBegan = server.loop.now
            current?.bodyProgress = server.loop.now
            setDeadline(at: bodyDeadline())
        } else if parser.isInsideRequest, phase != .head {
            // Before the first answer the time runs from the accept.
            if requestCount > 0 { setDeadline(after: bounds.headTime) }
            phase = .head
        }
    }

    private func headArrived(inputIsUsedUp: Bool) {
        let head = parser.takeHead()
        requestCount += 1
        phase = .body
        let decision = server.dispatcher.decide(head)
        let request = CurrentRequest(
            head: head, decision: decision, requestID: server.nextRequestID(), began: monotonicNow())
        current = request
        if head.body != .none { prepareBody(request) }
        let bodyMax = request.bodyMax ?? bounds.discardMax
        parser.bodyMax = bodyMax
        if case .length(let count) = head.body {
            if count > bodyMax { return refuseBody(bodyMax) }
            if request.mounted != nil, request.intake == nil {
                request.body.reserveCapacity(min(count, Self.reservedMax))
            }
        }
        if let admission = request.route?.admission, head.body != .none, head.body != .length(0) {
            return awaitAdmission(request, admission)
        }
        guard head.expectsContinue else { return }
        // A refusal says more than 100; and a client that has begun to send does not wait for it.
        if request.mounted == nil {
            answerWithoutHandler(closing: true)
        } else if inputIsUsedUp {
            askForBody()
        }
    }

    func askForBody() {
        stream.output.append("HTTP/1.1 100 Continue\r\n\r\n" as StaticString)
        stream.scheduleFlush()
    }

    /// Octets that an announcement alone is given room for; more are made room for as they come.
    private static let reservedMax = 64 * 1024

    /// The body is announced longer than allowed: answered before it is awaited, never read.
    private func refuseBody(_ bodyMax: Int) {
        guard let current else { return }
        if current.mounted == nil { return answerWithoutHandler(closing: true) }
        server.metrics.refused(Problem.Kind.payloadTooLarge.code)
        let problem = Problem(
            .payloadTooLarge, detail: "The body is longer than \(bodyMax) octets.", closesConnection: true)
        send(refusal(problem, of: current))
    }

    private func bodyArrived(_ part: UnsafeBufferPointer<UInt8>) {
        guard let request = current else { return }
        request.bodyCount += part.count
        request.bodyProgress = server.loop.now
        if let intake = request.intake { return take(part, request, intake) }
        guard request.mounted != nil else { return }
        guard request.hold(part.count, in: server.bodies) else { return refuseForRoom(request) }
        request.body.append(contentsOf: part)
    }

    /// Too many bodies are on their way at once.
    private func refuseForRoom(_ request: CurrentRequest) {
        server.metrics.refused("bodies-in-memory")
        let problem = Problem(
            .overloaded, detail: "Too many bodies are on their way; nothing was done.",
            headers: [.retryAfter(seconds: 1)], closesConnection: true)
        send(refusal(problem, of: request))
    }

    private func requestArrived() {
        guard let request = current else { return }
        if let intake = request.intake { return end(request, intake) }
        deliver(request, BodyIntake.Content(bytes: request.body))
    }

    /// Has a complete request answered.
    func deliver(_ request: CurrentRequest, _ content: BodyIntake.Content) {
        guard let context = context(of: request, content), let mounted = request.mounted else {
            return answerWithoutHandler(closing: false)
        }
        request.body = []
        request.intake = nil
        request.context = context
        switch mounted.answer {
        case .immediate(let handler):
            do {
                send(try handler(context))
            } catch {
                send(failed(error, context))
            }
        case .task(let handler):
            if let prompt = mounted.prompt, let response = prompt(context) { return send(response) }
            start(handler, context)
        }
    }

    /// The handler's view of a request; nil for one without a handler.
    func context(of request: CurrentRequest, _ content: BodyIntake.Content) -> RequestContext? {
        guard case .route(let mounted, let query, let parameters) = request.decision else { return nil }
        return RequestContext(
            head: request.head, mounted: mounted, method: request.head.method ?? mounted.route.method, query: query,
            parameters: parameters, body: content.bytes, parts: content.parts, file: content.file,
            requestID: request.requestID, origin: origin)
    }

    /// The answer of a refusal or of OPTIONS.
    private func answerWithoutHandler(closing: Bool) {
        guard let current else { return }
        var response =
            switch current.decision {
            case .allow(let methods):
                HTTPResponse(
                    .noContent,
                    headers: [HTTPHeader("Allow", methods)]
                        + (server.writer.crossOrigin?.preflight(current.head, methods: methods) ?? []))
            case .refuse(let problem): refusal(problem, of: current)
            case .route: HTTPResponse(.internalServerError)
            }
        if closing { response.closesConnection = true }
        send(response)
    }

    /// One task per request, on this actor and so on this loop.
    private func start(_ handler: @escaping Handler, _ context: RequestContext) {
        phase = .handling
        generation &+= 1
        server.busyCount += 1
        setDeadline(after: bounds.handlerTime)
        let awaited = generation
        task = Task {
            let response: HTTPResponse
            do {
                response = try await handler(context)
            } catch {
                response = self.failed(error, context)
            }
            self.finished(awaited, response)
        }
    }

    private func finished(_ awaited: UInt64, _ response: HTTPResponse) {
        server.busyCount -= 1
        // Another generation: the time limit has been answered already. A closed connection has nobody to answer.
        guard awaited == generation, phase == .handling else { return }
        task = nil
        send(response)
        if phase == .idle { resume() }
    }

    /// The answer to what a handler threw; what was not meant for the client goes to the log under the request id.
    func failed(_ error: any Error, _ context: RequestContext) -> HTTPResponse {
        let (response, unexpected) = Dispatcher.answer(
            to: error, requestID: context.requestID,
            in: configuration.problemLanguages?.language(for: context.head))
        if let unexpected {
            configuration.logger.error(
                "a handler failed",
                metadata: [
                    "request_id": "\(context.requestID)", "trace_id": "\(context.trace.traceID)",
                    "route": "\(context.route.name)",
                    "error": "\(String(reflecting: unexpected))",
                ])
        }
        return response
    }
}

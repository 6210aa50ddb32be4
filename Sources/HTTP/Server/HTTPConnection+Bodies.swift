// SPDX-License-Identifier: Apache-2.0

import Logging
import UVRuntime

/// Bodies that are decoded, taken apart or put on the disk while they arrive.
///
/// While a worker thread writes, nothing is read from the socket: the client is slowed down to what the disk takes.
extension HTTPConnection {
    /// Decides how the body is read, before anything of it is looked at. What cannot be read is refused and dropped.
    func prepareBody(_ request: CurrentRequest) {
        guard let mounted = request.mounted, request.head.body != .length(0) else { return }
        do throws(Problem) {
            request.intake = try BodyIntake.make(request.head, mounted.route, server.spool, server.decoders)
        } catch {
            server.metrics.refused(error.kind.code)
            request.decision = .refuse(error)
        }
    }

    /// A piece of the body.
    func take(_ part: UnsafeBufferPointer<UInt8>, _ request: CurrentRequest, _ intake: BodyIntake) {
        do throws(ParseFailure) {
            try intake.take(part)
        } catch {
            return refuseBody(request, error)
        }
        waitIfNeeded(request, intake)
    }

    /// The end of the body.
    func end(_ request: CurrentRequest, _ intake: BodyIntake) {
        do throws(ParseFailure) {
            try intake.end()
        } catch {
            return refuseBody(request, error)
        }
        if !waitIfNeeded(request, intake), intake.isComplete { deliver(request, intake.content()) }
    }

    private func refuseBody(_ request: CurrentRequest, _ failure: ParseFailure) {
        server.metrics.refused(failure.kind.code)
        send(refusal(failure.contentProblem, of: request))
    }

    // MARK: Waiting

    /// Stops parsing and reading where the body asks for it; true when it does.
    @discardableResult
    private func waitIfNeeded(_ request: CurrentRequest, _ intake: BodyIntake) -> Bool {
        guard let pause = intake.pause() else { return false }
        let now = server.loop.now
        intake.isPaused = true
        intake.pausedAt = now
        if request.bodyBegan == 0 { request.bodyBegan = now }
        if request.bodyProgress == 0 { request.bodyProgress = now }
        // What the disk takes is not the client's time.
        setDeadline(after: bounds.handlerTime)
        if !hasStoppedReading {
            hasStoppedReading = true
            stream.stopReading()
        }
        let id = request.requestID
        switch pause {
        case .disk(let steps):
            let loop = server.loop
            Task {
                let failure: (any Error)?
                do {
                    try await loop.offload { try SpoolWork.perform(steps) }
                    failure = nil
                } catch {
                    failure = error
                }
                self.pauseEnded(id, failure)
            }
        case .turn:
            // A timer, so that the sockets are polled in between.
            _ = server.loop.schedule(after: .zero) { [weak self] in self?.assumeIsolated { $0.pauseEnded(id, nil) } }
        }
        return true
    }

    private func pauseEnded(_ id: RequestID, _ failure: (any Error)?) {
        guard phase == .body, let request = current, request.requestID == id, let intake = request.intake else {
            return
        }
        intake.isPaused = false
        request.bodyBegan &+= server.loop.now &- intake.pausedAt
        request.bodyProgress = server.loop.now
        setDeadline(at: bodyDeadline())
        if let failure { return refuseSpooling(request, failure) }
        do throws(ParseFailure) {
            try intake.goOn()
        } catch {
            refuseBody(request, error)
            return resumeWhenIdle()
        }
        if waitIfNeeded(request, intake) { return }
        guard intake.isComplete else {
            // Behind the last octets the end may have been read already: nothing more need come.
            if waitingStart == waiting.count { _ = parse(UnsafeBufferPointer(start: nil, count: 0), from: 0) }
            return resume()
        }
        deliver(request, intake.content())
        resumeWhenIdle()
    }

    /// After an answer that was given outside the parsing of input.
    private func resumeWhenIdle() {
        if phase == .idle { resume() }
    }

    // MARK: The disk

    private func refuseSpooling(_ request: CurrentRequest, _ failure: any Error) {
        server.metrics.refused("spool")
        configuration.logger.error(
            "a body could not be put on the disk",
            metadata: ["request_id": "\(request.requestID)", "error": "\(String(reflecting: failure))"])
        refuseStream(Self.noRoom)
    }

    /// The disk has taken as long as a handler may.
    func spoolTimePassed() {
        server.metrics.refused("spool-timeout")
        refuseStream(Self.noRoom)
    }

    private static var noRoom: Problem {
        Problem(
            .overloaded, detail: "The body could not be stored.", headers: [.retryAfter(seconds: 5)],
            closesConnection: true)
    }
}

extension CurrentRequest {
    /// The longest body to be read, as it is sent; nil where nobody wants it.
    var bodyMax: Int? {
        guard let mounted else { return nil }
        guard let intake, intake.isCoded else { return mounted.route.bodyMax }
        return ContentCoding.codedMax(mounted.route.bodyMax)
    }
}

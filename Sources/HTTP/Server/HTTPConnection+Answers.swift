// SPDX-License-Identifier: Apache-2.0

import Logging
import UVRuntime

extension HTTPConnection {
    /// Puts the answer of the current request into the output and goes on, or begins to close.
    func send(_ response: consuming HTTPResponse) {
        guard let request = current else { return }
        if response.isWithheld {
            record(request, response, 0)
            current = nil
            return close()
        }
        current = nil
        if !ResponseWriter.isSendable(response) { response = unsendable(request) }
        if response.body.count >= bounds.gzipMin || response.status.code == 304 {
            response = server.coding.apply(response, to: request.head)
        }
        // What is still unread of the body would be taken for a request.
        let isRead = phase == .handling || parser.isInHead
        let keepsAlive =
            request.head.keepsAlive && !response.closesConnection && isRead && !server.isDraining
            && response.live == nil && requestCount < bounds.requestsPerConnectionMax
        let frame = ResponseWriter.Frame(
            requestID: request.requestID, isHead: request.head.method == .head, keepsAlive: keepsAlive,
            saysKeepAlive: request.head.saysKeepAlive,
            ignoredFields: request.context?.ignoredFieldsHeader(besides: response),
            crossOrigin: server.writer.crossOrigin?.lines(for: request.head),
            isSecure: server.writer.strictTransport != nil && origin.isSecure(of: request.head),
            isChunked: response.live != nil && request.head.minorVersion > 0)
        let size = write(response, frame)
        if let live = response.live, !frame.isHead {
            return startLive(OutgoingLive(live, request, response, isChunked: frame.isChunked, headSize: size))
        }
        if let file = response.file, !frame.isHead, !response.status.forbidsBody {
            return startFile(OutgoingFile(file, request, response, keepsAlive: keepsAlive, headSize: size))
        }
        record(request, response, size)
        if keepsAlive {
            phase = .idle
            setDeadline(after: bounds.idleTime)
            if stream.pendingBytes > bounds.writeBufferMax { isPaused = true }
            if stream.unsentBytes > 0 || stream.pendingBytes > bounds.readAheadMax { watchOutput() }
        } else {
            beginClosing()
        }
    }

    /// Answers a stream that cannot be understood any further, outside any request.
    func refuseStream(_ problem: Problem) {
        let id = current?.requestID ?? server.nextRequestID()
        let response = configuration.answer(toRefused: RefusedRequest(problem, id, current?.head))
        let request = current
        current = nil
        let frame = ResponseWriter.Frame(
            requestID: id, keepsAlive: false,
            crossOrigin: request.flatMap { server.writer.crossOrigin?.lines(for: $0.head) },
            isSecure: server.writer.strictTransport != nil
                && (request.map { origin.isSecure(of: $0.head) } ?? origin.isSecure))
        let size = write(response, frame)
        let unknown = CurrentRequest(
            head: RequestHead(), decision: .refuse(problem), requestID: id, began: monotonicNow())
        record(request ?? unknown, response, size)
        beginClosing()
    }

    /// The answer to a request that does not reach its handler, or not in time.
    func refusal(_ problem: Problem, of request: CurrentRequest) -> HTTPResponse {
        configuration.answer(toRefused: RefusedRequest(problem, request.requestID, request.head))
    }

    private func write(_ response: HTTPResponse, _ frame: ResponseWriter.Frame) -> Int {
        // Moved out and back: appending through the stream would ask for exclusive access at every step.
        var output = stream.output
        stream.output = []
        let before = output.count
        server.writer.append(response, frame, to: &output)
        let size = output.count - before
        stream.output = output
        stream.scheduleFlush()
        return size
    }

    /// A bare 500 in place of an answer with a field that cannot be sent as it is.
    private func unsendable(_ request: CurrentRequest) -> HTTPResponse {
        configuration.logger.error(
            "an answer with a malformed or reserved header field was not sent",
            metadata: ["request_id": "\(request.requestID)", "route": "\(request.route?.name ?? "none")"])
        return Problem(.internalError).response(
            requestID: request.requestID, in: configuration.problemLanguages?.language(for: request.head))
    }

    func record(_ request: CurrentRequest, _ response: HTTPResponse, _ size: Int) {
        let nanoseconds = monotonicNow() &- request.began
        server.metrics.answered(
            request.mounted, method: request.head.method, status: response.status.code, nanoseconds: nanoseconds)
        guard server.hasAccessLog, let accessLog = configuration.accessLog else { return }
        accessLog(
            AccessRecord(
                requestID: request.requestID, method: request.head.method,
                path: request.head.withPath { String(decoding: $0, as: UTF8.self) }, route: request.route?.name ?? "",
                status: response.status.code, bytesSent: size, duration: .nanoseconds(Int64(clamping: nanoseconds)),
                peer: origin.peer, client: origin.clientAddress(of: request.head),
                trace: TraceContext(request.head, request.requestID)))
    }

    // MARK: Output

    /// Looks at the end of this iteration whether the kernel took the output.
    func watchOutput() {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        // Registered behind the stream, whose flush therefore comes first.
        server.loop.scheduleFlush(self)
    }

    /// After the stream has offered its output to the kernel.
    func outputWasOffered() {
        guard phase != .closed else { return }
        if stream.pendingBytes == 0 { return outputLeft() }
        if writeDeadline == .max {
            writtenAtDeadline = stream.writtenBytes
            writeDeadline = server.loop.now &+ bounds.writeTime
            arm()
        }
    }

    /// Nothing waits to be sent any more.
    func outputLeft() {
        writeDeadline = .max
        if phase == .closing { return linger() }
        if outgoing != nil { return continueFile() }
        if let outgoingLive { return outgoingLive.body.drained() }
        if isPaused {
            isPaused = false
            // The idle time may have passed while the client was slow to take its answers: it runs from now.
            if phase == .idle { setDeadline(after: bounds.idleTime) }
            resume()
            if server.isDraining { drain() }
        }
    }

    // MARK: Closing

    /// Sends what is left, then ends the write side.
    func beginClosing() {
        guard phase != .closing, phase != .lingering, phase != .closed else { return }
        phase = .closing
        deadline = .max
        waiting = []
        waitingStart = 0
        stream.shutdownWriting()
        watchOutput()
    }

    /// Reads and drops for a short time, so that the last answer is not destroyed by a reset.
    private func linger() {
        if peerHasEnded { return close() }
        phase = .lingering
        setDeadline(after: bounds.lingerTime)
        if hasStoppedReading {
            hasStoppedReading = false
            stream.startReading()
        }
    }

    /// Counts input that nobody wants; a client that goes on sending is cut off.
    func drop(_ count: Int) {
        droppedCount += count
        if droppedCount > 4 * 1024 * 1024 { close() }
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        deadline = .max
        writeDeadline = .max
        recordAbandoned()
        if let outgoing { record(outgoing.request, outgoing.response, outgoing.size) }
        outgoing = nil
        leaveLive()
        stream.close()
    }

    /// The request at work has nobody to answer any more; what it does goes on, and it is said that it was there.
    func recordAbandoned() {
        guard let request = current else { return }
        current = nil
        record(request, HTTPResponse(HTTPStatus(499)), 0)
    }

    func didClose() {
        phase = .closed
        waiting = []
        server.closed(id, source: origin.peer.address)
    }
}

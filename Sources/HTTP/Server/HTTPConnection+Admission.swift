// SPDX-License-Identifier: Apache-2.0

import UVRuntime

/// Long bodies whose sender is looked at first: nothing of the body is taken, and no 100 is sent, before the route says so.
extension HTTPConnection {
    /// Has the route decide by the head; nothing is read meanwhile.
    func awaitAdmission(_ request: CurrentRequest, _ admission: @escaping Admission) {
        guard let context = context(of: request, BodyIntake.Content()) else { return }
        request.awaitsAdmission = true
        setDeadline(after: bounds.handlerTime)
        if !hasStoppedReading {
            hasStoppedReading = true
            stream.stopReading()
        }
        let id = request.requestID
        Task {
            let refusal: HTTPResponse?
            do {
                try await admission(context)
                refusal = nil
            } catch {
                refusal = self.failed(error, context)
            }
            self.admissionEnded(id, refusal)
        }
    }

    private func admissionEnded(_ id: RequestID, _ refusal: HTTPResponse?) {
        // Closed, or answered because it took too long.
        guard phase == .body, let request = current, request.requestID == id, request.awaitsAdmission else { return }
        request.awaitsAdmission = false
        // The connection ends with it: the body is neither read nor taken for a request.
        if let refusal { return send(refusal) }
        let isWaitedFor = waitingStart == waiting.count
        if request.head.expectsContinue, isWaitedFor { askForBody() }
        // Sets the clock of the body.
        if isWaitedFor { _ = parse(UnsafeBufferPointer(start: nil, count: 0), from: 0) }
        resume()
    }

    func admissionTimePassed() {
        server.metrics.refused("admission-timeout")
        refuseStream(
            Problem(
                .overloaded, detail: "The request took too long; nothing was done.",
                headers: [.retryAfter(seconds: 5)], closesConnection: true))
    }
}

// SPDX-License-Identifier: Apache-2.0

import UVRuntime

extension HTTPConnection {
    func setDeadline(after nanoseconds: UInt64) {
        setDeadline(at: server.loop.now &+ nanoseconds)
    }

    func setDeadline(at time: UInt64) {
        deadline = time
        arm()
    }

    func arm() {
        let next = min(deadline, writeDeadline)
        if next != .max { armedStep = server.arm(id, deadline: next, armed: armedStep) }
    }

    /// The wheel has come to a step at which this connection was entered.
    func wheelReached(_ step: UInt64, now: UInt64) {
        // Entered for an earlier step since: this entry is stale.
        guard step == armedStep else { return }
        armedStep = 0
        if writeDeadline <= now { writeTimePassed(now) }
        if deadline <= now { timePassed(now) }
        if phase != .closed { arm() }
    }

    /// Ends the connection if it has waited for its next request for the shorter of the idle times.
    func makeRoom(_ now: UInt64) {
        // Before its first request the time for a head counts.
        guard phase == .idle, !isPaused, requestCount > 0, deadline != .max else { return }
        let since = deadline &- bounds.idleTime
        guard now >= since &+ bounds.idlePressedTime else { return }
        server.metrics.refused("idle-pressed")
        beginClosing()
    }

    private func writeTimePassed(_ now: UInt64) {
        if stream.writtenBytes == writtenAtDeadline {
            server.metrics.refused("write-timeout")
            return close()
        }
        writtenAtDeadline = stream.writtenBytes
        writeDeadline = now &+ bounds.writeTime
    }

    private func timePassed(_ now: UInt64) {
        deadline = .max
        switch phase {
        // Nothing came: nobody is told.
        case .idle where isPaused: return
        case .idle: beginClosing()
        case .head:
            server.metrics.refused("head-timeout")
            refuseStream(Problem(.requestTimeout, detail: "The head took too long.", closesConnection: true))
        case .body where current?.awaitsAdmission == true: admissionTimePassed()
        case .body where current?.intake?.isPaused == true: spoolTimePassed()
        case .body:
            let next = bodyDeadline()
            guard next <= now else { return setDeadline(at: next) }
            server.metrics.refused("body-timeout")
            refuseStream(Problem(.requestTimeout, detail: "The body took too long.", closesConnection: true))
        case .handling where outgoing != nil:
            server.metrics.refused("file-timeout")
            close()
        case .handling: handlerTimePassed()
        case .lingering: close()
        case .closing, .closed: return
        }
    }

    /// When the body is too slow: the total, or the moment at which the average falls below the floor rate.
    func bodyDeadline() -> UInt64 {
        guard let current else { return .max }
        // What came early does not buy a standstill: each part is awaited as long as a write is.
        let stall = current.bodyProgress &+ bounds.writeTime
        let average =
            current.bodyBegan &+ bounds.bodyGrace &+ UInt64(current.bodyCount) &* 1_000_000_000 / bounds.bodyRateMin
        let floor = min(average, stall)
        // A route with a larger body has no total of its own: the floor rate bounds it.
        if let route = current.route, route.bodyMax > Route.bodyMaxDefault { return floor }
        return min(floor, current.bodyBegan &+ bounds.bodyTime)
    }

    /// Before an effect the work is given up and may be tried again; after it, it completes and a retry with the same
    /// idempotency key tells how it ended.
    private func handlerTimePassed() {
        guard let request = current else { return }
        server.metrics.refused("handler-timeout")
        generation &+= 1
        let problem: Problem
        if request.context?.effectHasBegun == true {
            problem = Problem(
                .outcomeUnknown, detail: "The work goes on; ask again with the same Idempotency-Key.",
                headers: [.retryAfter(seconds: 5)], closesConnection: true)
        } else {
            task?.cancel()
            problem = Problem(
                .overloaded, detail: "The request took too long; nothing was done.",
                headers: [.retryAfter(seconds: 5)], closesConnection: true)
        }
        task = nil
        send(refusal(problem, of: request))
    }
}

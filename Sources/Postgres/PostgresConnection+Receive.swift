// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
internal import DequeModule
internal import Glibc
internal import Logging
internal import UVRuntime

extension PostgresConnection {
    /// The socket has something, or failed.
    func polled(_ events: PollHandle.Events, _ error: UVError?) {
        guard let handle else { return }
        if let error {
            loseSocket("\(error)")
            return
        }
        if events.contains(.writable) { flushOutput() }
        guard events.contains(.readable), self.handle != nil else { return }
        // Only a result that did not fit into the reads before is worth the system call.
        if partialBytes > 0, !countPartial(handle) { return }
        let alive = PQconsumeInput(handle) == 1
        if script != nil { processScript(handle) } else { processResults(handle) }
        guard self.handle != nil else { return }
        takeNotifications(handle)
        guard alive, PQstatus(handle) == CONNECTION_OK else {
            loseSocket("read")
            return
        }
    }

    /// Bounds a result while it arrives; false when it was too large and the connection is gone.
    private func countPartial(_ handle: OpaquePointer) -> Bool {
        var waiting: Int32 = 0
        if ioctl(PQsocket(handle), UInt(FIONREAD), &waiting) == 0 { partialBytes += Int(waiting) }
        guard partialBytes > configuration.limits.resultBytes else { return true }
        let error = PostgresError(.resultTooLarge, outcome: .unknown, "the result exceeds the limit of bytes")
        if let request = requestsInFlight().first {
            finish(request, .failure(error.with(outcome: request.outcomeWhenLost)))
        }
        lose(PostgresError(.connectionLost, outcome: .unknown, "closed: another statement's result was too large"))
        return false
    }

    private func processResults(_ handle: OpaquePointer) {
        var nulls = 0
        while let step = steps.first, self.handle != nil {
            if PQisBusy(handle) != 0 {
                partialBytes = max(partialBytes, 1)
                return
            }
            guard let result = PQgetResult(handle) else {
                // A NULL ends every command but a sync; two in a row mean that libpq waits for more input.
                nulls += 1
                if case .sync = step {
                    if nulls > 1 { return }
                    continue
                }
                steps.removeFirst()
                ended(step)
                continue
            }
            nulls = 0
            partialBytes = 0
            if case .sync(let request) = step, PQresultStatus(result) == PGRES_PIPELINE_SYNC {
                PQclear(result)
                steps.removeFirst()
                if let request { answer(request) }
            } else {
                take(result, of: step)
            }
        }
        partialBytes = 0
    }

    /// One result of the step at the head.
    private func take(_ result: OpaquePointer, of step: Step) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            accept(result, of: step)
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            skip(step)
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
            let error = PostgresError(result: result)
            PQclear(result)
            refuse(step, error)
        default:
            // COPY, which only a statement of ours could start: the protocol cannot go on.
            PQclear(result)
            lose(PostgresError(.connectionLost, outcome: .unknown, "COPY is not supported here"))
        }
    }

    private func accept(_ result: OpaquePointer, of step: Step) {
        switch step {
        case .execute(let request, _, let isLast):
            let rows = PostgresRows(result)
            let limits = configuration.limits
            if rows.count > limits.resultRows || rows.byteCount > limits.resultBytes {
                request.error =
                    request.error ?? PostgresError(.resultTooLarge, outcome: .unknown, "the result exceeds its limit")
            }
            if isLast { request.last = rows }
            if !request.rest.isEmpty { request.results.append(rows) }
        case .prepare(let statement, _):
            PQclear(result)
            statements.confirm(statement)
        case .begin, .deallocate, .sync:
            PQclear(result)
        }
    }

    /// The step did not run because something before it in its bracket failed.
    private func skip(_ step: Step) {
        switch step {
        case .prepare(let statement, let request):
            statements.forget(statement)
            request.wasSkipped = true
        case .execute(let request, _, _), .begin(let request): request.wasSkipped = true
        case .deallocate(let name): statements.keepDiscarded(name)
        case .sync: break
        }
    }

    private func refuse(_ step: Step, _ error: PostgresError) {
        switch step {
        case .prepare(let statement, let request):
            statements.forget(statement)
            request.error = request.error ?? error
        case .execute(let request, let statement, _):
            request.error = request.error ?? error
            if let statement, error.sqlstate == "26000" { statements.forget(statement) }
            if let statement, error.isStalePlan { statements.discard(statement) }
        case .begin(let request), .sync(.some(let request)):
            // At the sync: the commit itself failed (a deferred constraint, a serialization failure).
            request.error = request.error ?? error
        case .deallocate(let name):
            if error.sqlstate != "26000" { statements.keepDiscarded(name) }
        case .sync(nil):
            configuration.logger.warning(
                "postgres: reads failed at their end", metadata: ["error": "\(error)"])
        }
        if error.server?.isFatal == true {
            lose(error.lost)
        } else if error.server == nil {
            loseSocket(error.message)
        } else if case .begin = step {
            // What follows would run, and commit, outside the transaction it was meant for.
            lose(error.lost)
        }
    }

    private func ended(_ step: Step) {
        // A shared read needs no commit, so its answer need not wait for the sync.
        if case .execute(let request, _, true) = step, request.isShared { answer(request) }
    }

    private func answer(_ request: PostgresRequest) {
        let mayResend =
            request.continuation != nil && request.transaction == nil && request.attempts < PostgresRequest.attemptsMax
            && isOpen
        if let error = request.error {
            if mayResend, error.isStalePlan || error.sqlstate == "26000" {
                resend(request)
            } else {
                finish(request, .failure(error))
            }
        } else if let rows = request.last, !request.wasSkipped {
            finish(request, .success(rows))
        } else if mayResend {
            resend(request)
        } else {
            finish(
                request,
                .failure(
                    PostgresError(.connectionLost, outcome: .notExecuted, "an earlier statement's failure skipped it")))
        }
    }

    /// Again, in a bracket of its own, where nobody else can skip it.
    private func resend(_ request: PostgresRequest) {
        request.isShared = false
        send(request)
    }

    func takeNotifications(_ handle: OpaquePointer) {
        while let notification = PQnotifies(handle) {
            defer { PQfreemem(notification) }
            guard let onNotification, let channel = notification.pointee.relname else { continue }
            onNotification(
                PostgresNotification(
                    channel: String(cString: channel),
                    payload: notification.pointee.extra.map { String(cString: $0) } ?? "",
                    backendPID: notification.pointee.be_pid))
        }
    }

    /// libpq could not send or read: the connection is gone.
    func loseSocket(_ what: String, failing request: PostgresRequest? = nil) {
        let detail = handle.flatMap { PQerrorMessage($0) }.map { String(cString: $0) } ?? ""
        let error = PostgresError(.connectionLost, outcome: .unknown, "\(what): \(detail.singleLine)")
        lose(error)
        if let request { finish(request, .failure(error)) }
    }

    /// Ends the connection and fails what is in flight with `error`.
    func lose(_ error: PostgresError) {
        guard closeError == nil else { return }
        closeError = error
        let failed = requestsInFlight()
        steps = []
        needsSync = false
        deadlineTimer?.cancel()
        deadlineTimer = nil
        poll?.close()
        poll = nil
        if let handle { PQfinish(handle) }
        handle = nil
        for request in failed { finish(request, .failure(error.with(outcome: request.outcomeWhenLost))) }
        failScript(error)
        let onClose = self.onClose
        self.onClose = nil
        onNotification = nil
        onClose?(self)
    }
}

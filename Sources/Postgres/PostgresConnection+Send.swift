// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
internal import DequeModule
public import UVRuntime

extension PostgresConnection: LoopFlushable {
    /// Ends the bracket of the iteration's shared reads: one sync, one write.
    public nonisolated func flush() {
        assumeIsolated { connection in
            connection.isFlushScheduled = false
            connection.syncSharedReads()
        }
    }

    func syncSharedReads() {
        guard needsSync, let handle else { return }
        needsSync = false
        guard PQpipelineSync(handle) == 1 else {
            loseSocket("sync")
            return
        }
        steps.append(.sync(nil))
        flushOutput()
    }

    /// Hands a request to libpq. What libpq cannot take breaks the connection, which then fails the request too.
    func send(_ request: PostgresRequest) {
        // A request with its own sync must not join the implicit transaction of the reads before it.
        if !request.isShared { syncSharedReads() }
        guard let handle else {
            finish(request, .failure(PostgresError(.connectionLost, outcome: .notExecuted, "the connection was lost")))
            return
        }
        request.attempts += 1
        request.error = nil
        request.wasSkipped = false
        request.results = []
        var sent = true
        if let transaction = request.transaction, !transaction.isSent {
            transaction.isSent = true
            steps.append(.begin(request))
            sent = sendText(transaction.begin, PostgresParameters(), handle)
        }
        sent = sent && send(request.call, of: request, isLast: request.rest.isEmpty, handle)
        for (index, call) in request.rest.enumerated() where sent {
            sent = send(call, of: request, isLast: index == request.rest.count - 1, handle)
        }
        guard sent else {
            loseSocket("send", failing: request)
            return
        }
        if request.isShared {
            needsSync = true
            if !isFlushScheduled {
                isFlushScheduled = true
                loop.scheduleFlush(self)
            }
            return
        }
        steps.append(.sync(request))
        guard PQpipelineSync(handle) == 1 else {
            loseSocket("sync")
            return
        }
        flushOutput()
    }

    private func send(
        _ call: PostgresCall, of request: PostgresRequest, isLast: Bool, _ handle: OpaquePointer
    ) -> Bool {
        guard call.isPrepared else {
            steps.append(.execute(request, nil, isLast: isLast))
            return sendText(call.sql, call.parameters, handle)
        }
        if let statement = statements.find(call.sql, call.parameters) {
            steps.append(.execute(request, statement, isLast: isLast))
            return sendPrepared(statement, call.parameters, handle)
        }
        let statement = statements.add(call.sql, call.parameters)
        for name in statements.takeDiscarded() {
            steps.append(.deallocate(name))
            guard sendText(PostgresSQL(text: "deallocate \(name)"), PostgresParameters(), handle) else { return false }
        }
        steps.append(.prepare(statement, request))
        let prepared = call.sql.withCString { sql in
            statement.types.withUnsafeBufferPointer { types in
                PQsendPrepare(handle, statement.name, sql, Int32(types.count), types.baseAddress)
            }
        }
        guard prepared == 1 else { return false }
        steps.append(.execute(request, statement, isLast: isLast))
        return sendPrepared(statement, call.parameters, handle)
    }

    private func sendPrepared(
        _ statement: StatementCache.Statement, _ parameters: PostgresParameters, _ handle: OpaquePointer
    ) -> Bool {
        parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(handle, statement.name, count, values, lengths, formats, 1)
        } == 1
    }

    private func sendText(_ sql: PostgresSQL, _ parameters: PostgresParameters, _ handle: OpaquePointer) -> Bool {
        sql.withCString { text in
            let types = parameters.slots.map(\.type.rawValue)
            return types.withUnsafeBufferPointer { types in
                parameters.withPointers { count, values, lengths, formats in
                    PQsendQueryParams(handle, text, count, types.baseAddress, values, lengths, formats, 1)
                }
            }
        } == 1
    }

    /// Writes what the socket takes; asks to be told when it takes more.
    func flushOutput() {
        guard let handle, let poll else { return }
        let rest = PQflush(handle)
        guard rest >= 0 else {
            loseSocket("flush")
            return
        }
        do {
            try poll.watch(rest == 1 ? [.readable, .writable] : .readable)
        } catch {
            loseSocket("poll: \(error)")
        }
    }

    /// Arms the one timer of the connection; it looks at everything in flight when it fires.
    func watchDeadline(_ deadline: UInt64) {
        guard deadline < deadlineTimerDue else { return }
        deadlineTimer?.cancel()
        deadlineTimerDue = deadline
        let now = loop.now
        let left = deadline > now ? deadline - now : 0
        deadlineTimer = loop.schedule(after: .nanoseconds(Int64(clamping: left))) {
            self.assumeIsolated { $0.deadlineTimerFired() }
        }
    }

    private func deadlineTimerFired() {
        deadlineTimer = nil
        deadlineTimerDue = .max
        guard isOpen else { return }
        let now = loop.now
        var next = UInt64.max
        var mustClose = false
        for (position, request) in requestsInFlight().enumerated() {
            if request.deadline > now {
                next = min(next, request.deadline)
                continue
            }
            let error = PostgresError(.timeout, outcome: request.outcomeWhenLost, "the statement's deadline passed")
            finish(request, .failure(error))
            // A shared read behind others is only given up; the one at the head holds everybody up.
            mustClose = mustClose || !request.isShared || position == 0
        }
        if mustClose {
            lose(PostgresError(.connectionLost, outcome: .unknown, "closed: another statement's deadline passed"))
        } else if next < .max {
            watchDeadline(next)
        }
    }

    /// What has not been answered, in order, each once.
    func requestsInFlight() -> [PostgresRequest] {
        var requests: [PostgresRequest] = []
        for step in steps {
            switch step {
            case .begin(let request), .prepare(_, let request), .execute(let request, _, _), .sync(.some(let request)):
                if requests.last !== request, request.continuation != nil { requests.append(request) }
            case .deallocate, .sync(nil): continue
            }
        }
        return requests
    }
}

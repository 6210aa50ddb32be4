// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
internal import Logging
internal import UVRuntime

/// A connection on its way to or from a worker thread.
// @unchecked: a PGconn has one user at a time: the worker while the loop waits for it, else the loop.
private struct ConnectionPointer: @unchecked Sendable {
    let raw: OpaquePointer
}

extension PostgresConnection {
    func open() async throws(PostgresError) {
        let deadline = loop.now &+ configuration.connectTimeout.wholeMilliseconds &* 1_000_000
        do {
            let pointer = try await startConnecting()
            do {
                try await finishConnecting(pointer, deadline: deadline)
            } catch {
                PQfinish(pointer.raw)
                throw error
            }
            try take(pointer.raw)
            try await setUpSession()
        } catch {
            let error = PostgresError.wrap(error)
            close()
            let failure = PostgresError(.connectFailed, outcome: .notExecuted, error.message, server: error.server)
            PostgresMetrics.count(failure)
            throw failure
        }
    }

    /// Reads the service files and resolves the first name, which may block: on a worker thread.
    private func startConnecting() async throws -> ConnectionPointer {
        let configuration = self.configuration
        return try await loop.offload {
            let options = [
                ("dbname", configuration.url),
                ("fallback_application_name", "mve"),
                ("application_name", configuration.applicationName),
                ("client_encoding", "UTF8"),
                ("target_session_attrs", configuration.requiresPrimary ? "read-write" : "any"),
                // A peer that vanished without a word is noticed within about half a minute.
                ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ]
            let pointer = withCStrings(options.map(\.0)) { keywords in
                withCStrings(options.map(\.1)) { values in PQconnectStartParams(keywords, values, 1) }
            }
            guard let pointer else {
                throw PostgresError(.connectFailed, outcome: .notExecuted, "libpq is out of memory")
            }
            return ConnectionPointer(raw: pointer)
        }
    }

    private func finishConnecting(_ pointer: ConnectionPointer, deadline: UInt64) async throws {
        var wanted = PollHandle.Events.writable
        while true {
            if PQstatus(pointer.raw) == CONNECTION_BAD { throw Self.connectError(pointer.raw) }
            try await waitForSocket(PQsocket(pointer.raw), wanted, deadline: deadline)
            // Resolving a next host, TLS and password hashing take long: on a worker thread as well. The socket may be
            // another one afterwards, so the poll handle lived only for the wait.
            let state = try await loop.offload { PQconnectPoll(pointer.raw) }
            if state == PGRES_POLLING_OK {
                return
            } else if state == PGRES_POLLING_READING {
                wanted = .readable
            } else if state == PGRES_POLLING_WRITING {
                wanted = .writable
            } else {
                throw Self.connectError(pointer.raw)
            }
        }
    }

    private static func connectError(_ handle: OpaquePointer) -> PostgresError {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? "no message"
        return PostgresError(.connectFailed, outcome: .notExecuted, text.singleLine)
    }

    private func waitForSocket(_ descriptor: Int32, _ events: PollHandle.Events, deadline: UInt64) async throws {
        let now = loop.now
        guard deadline > now else {
            throw PostgresError(.connectFailed, outcome: .notExecuted, "connecting took too long")
        }
        let wait = SocketWait()
        let _: Void = try await withLoopContinuation { continuation in
            wait.continuation = continuation
            do {
                let poll = try PollHandle(loop: loop, descriptor: descriptor) { _, _ in wait.end(nil) }
                wait.poll = poll
                wait.timer = loop.schedule(after: .nanoseconds(Int64(clamping: deadline - now))) {
                    wait.end(PostgresError(.connectFailed, outcome: .notExecuted, "connecting took too long"))
                }
                try poll.watch(events)
            } catch {
                wait.end(error)
            }
        }
    }

    /// Takes a connected PGconn over.
    private func take(_ handle: OpaquePointer) throws {
        self.handle = handle
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            throw Self.connectError(handle)
        }
        // Notices would go to stderr. They may hold values, so no log gets them either.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        let poll = try makePoll(PQsocket(handle))
        self.poll = poll
        try poll.watch(.readable)
    }

    private nonisolated func makePoll(_ descriptor: Int32) throws(UVError) -> PollHandle {
        try PollHandle(loop: loop, descriptor: descriptor) { events, error in
            self.assumeIsolated { $0.polled(events, error) }
        }
    }

    /// By a statement and not by start-up options, which a pooler in between might refuse.
    private func setUpSession() async throws {
        var parameters = PostgresParameters()
        for duration in [
            configuration.statementTimeout, configuration.lockTimeout, configuration.idleInTransactionTimeout,
        ] {
            parameters.append("\(duration.wholeMilliseconds)ms")
        }
        parameters.append(configuration.isReadOnly ? "on" : "off")
        let call = PostgresCall(
            """
            select set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
              set_config('idle_in_transaction_session_timeout', $3, false),
              set_config('default_transaction_read_only', $4, false), set_config('TimeZone', 'UTC', false)
            """, parameters: parameters, timeout: configuration.connectTimeout, isPrepared: false)
        _ = try await run(call)
    }
}

/// One wait for a socket: ended once, by the socket or by the timer.
// @unchecked: touched on the loop alone.
private final class SocketWait: @unchecked Sendable {
    var continuation: LoopContinuation<Void>?
    var poll: PollHandle?
    var timer: (any ScheduledTimer)?

    func end(_ error: (any Error)?) {
        guard let continuation else { return }
        self.continuation = nil
        poll?.close()
        poll = nil
        timer?.cancel()
        timer = nil
        if let error { continuation.resume(throwing: error) } else { continuation.resume() }
    }
}

/// The strings as a null-terminated C array, valid during `body`.
private func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    let bytes = strings.map { Array($0.utf8CString) }
    let flat = bytes.flatMap { $0 }
    return flat.withUnsafeBufferPointer { flat in
        var pointers: [UnsafePointer<CChar>?] = []
        var offset = 0
        for one in bytes {
            pointers.append(flat.baseAddress.map { $0 + offset })
            offset += one.count
        }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import DequeModule
public import UVRuntime

/// An HTTP/1.1 client of one loop: libcurl's multi interface, polled by the loop, connections kept and reused.
///
/// No redirects, `http` and `https` only, certificates verified, environment proxies used except for the loopback
/// interface. Only GET and HEAD may be repeated (by libcurl, when a kept connection dies under them); of everything else
/// the caller is told.
///
/// - Isolation: an actor on its loop.
/// - Cancellation: has no effect on a request; its time-out bounds it.
public final actor HTTPClient: LoopActor {
    /// The loop, as the executor that `LoopActor` asks for.
    public nonisolated var executor: LoopExecutor { loop }
    /// The loop that runs it.
    public nonisolated let loop: EventLoop
    /// The bounds.
    public nonisolated let configuration: HTTPClientConfiguration

    private var multi: UnsafeMutableRawPointer?
    private var isClosed = false
    private var polls: [Int32: PollHandle] = [:]
    private var timer: (any ScheduledTimer)?
    private var waiting = Deque<Transfer>()
    private var waitTimer: (any ScheduledTimer)?
    private var waitArmed = UInt64.max
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]

    /// Once per process and before the first handle; libcurl's own lazy way is not safe with threads.
    static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// Makes a client without connections. Whoever makes one calls `close`.
    public init(loop: EventLoop, configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.loop = loop
        self.configuration = configuration
    }

    /// Requests on the wire.
    public var activeCount: Int { active.count }

    /// Requests that wait for one of them to end.
    public var waitingCount: Int { waiting.count }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// - Throws: `HTTPClientError`, which tells whether the request may have had an effect.
    public func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
        do {
            return try await withLoopContinuation { continuation in
                do throws(HTTPClientError) {
                    try admit(request, continuation)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } catch {
            throw (error as? HTTPClientError)
                ?? HTTPClientError(kind: .other, outcome: .unknown, message: "\(error)")
        }
    }

    private func admit(
        _ request: HTTPClientRequest, _ continuation: LoopContinuation<HTTPClientResponse>
    ) throws(HTTPClientError) {
        guard !isClosed else {
            throw HTTPClientError(kind: .closed, outcome: .neverSent, message: "the client is closed")
        }
        guard active.count < configuration.concurrentMax || waiting.count < configuration.waitingMax else {
            throw HTTPClientError(kind: .overloaded, outcome: .neverSent, message: "too many requests wait")
        }
        let multi = try openMulti()
        let deadline = loop.now &+ request.timeout.wholeMilliseconds &* 1_000_000
        let transfer = try Transfer(request, limits: configuration, deadline: deadline, continuation)
        if active.count < configuration.concurrentMax {
            try begin(transfer, on: multi)
        } else {
            waiting.append(transfer)
            armWaitTimer()
        }
    }

    private func begin(_ transfer: Transfer, on multi: UnsafeMutableRawPointer) throws(HTTPClientError) {
        try transfer.setTimeouts(now: loop.now)
        let code = curl_multi_add_handle(multi, transfer.easy)
        guard code == CURLM_OK else { throw Self.refused(code) }
        active[transfer.easy] = transfer
    }

    // MARK: The multi handle

    private func openMulti() throws(HTTPClientError) -> UnsafeMutableRawPointer {
        if let multi { return multi }
        guard Self.isReady, let made = curl_multi_init() else {
            throw HTTPClientError(kind: .other, outcome: .neverSent, message: "libcurl could not start")
        }
        // Unretained: `close`, which the owner calls, or deinit ends the handle and with it the callbacks.
        let me = Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            mve_curl_multi_set_long(made, CURLMOPT_MAXCONNECTS, configuration.idleConnectionsMax),
            mve_curl_multi_set_long(made, CURLMOPT_PIPELINING, 0),
            mve_curl_multi_set_socket(
                made,
                { _, socket, what, user, _ in
                    HTTPClient.of(user).assumeIsolated { $0.watch(socket, what) }
                    return 0
                }, me),
            mve_curl_multi_set_timer(
                made,
                { _, milliseconds, user in
                    HTTPClient.of(user).assumeIsolated { $0.setTimer(milliseconds) }
                    return 0
                }, me),
        ]
        if let code = codes.first(where: { $0 != CURLM_OK }) {
            curl_multi_cleanup(made)
            throw Self.refused(code)
        }
        multi = made
        return made
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> HTTPClient {
        guard let user else { preconditionFailure("libcurl lost its client") }
        return Unmanaged<HTTPClient>.fromOpaque(user).takeUnretainedValue()
    }

    private static func refused(_ code: CURLMcode) -> HTTPClientError {
        let text = curl_multi_strerror(code).map { String(cString: $0) } ?? "libcurl error \(code.rawValue)"
        return HTTPClientError(kind: .other, outcome: .neverSent, message: text)
    }

    /// libcurl asks to watch a socket, or not to any more. Called inside `curl_multi_*` calls of ours.
    private func watch(_ socket: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            polls.removeValue(forKey: socket)?.close()
            return
        }
        var events: PollHandle.Events = []
        if what == CURL_POLL_IN || what == CURL_POLL_INOUT { events.insert(.readable) }
        if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { events.insert(.writable) }
        do throws(UVError) {
            if let poll = polls[socket] {
                try poll.watch(events)
            } else {
                try makePoll(socket).watch(events)
            }
        } catch {
            // The transfer then ends by its time-out, which libcurl keeps by the timer.
            polls.removeValue(forKey: socket)?.close()
        }
    }

    private func makePoll(_ socket: Int32) throws(UVError) -> PollHandle {
        let poll = try PollHandle(loop: loop, descriptor: socket) { [weak self] events, error in
            guard let self else { return }
            var flags: Int32 = 0
            if events.contains(.readable) { flags |= CURL_CSELECT_IN }
            if events.contains(.writable) { flags |= CURL_CSELECT_OUT }
            if error != nil { flags |= CURL_CSELECT_ERR }
            self.assumeIsolated { $0.act(socket, flags) }
        }
        polls[socket] = poll
        return poll
    }

    /// libcurl sets its one timer: -1 takes it back. It must not be answered inside this call.
    private func setTimer(_ milliseconds: Int) {
        timer?.cancel()
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in
            self?.assumeIsolated { client in
                client.timer = nil
                client.act(CURL_SOCKET_TIMEOUT, 0)
            }
        }
    }

    private func act(_ socket: Int32, _ flags: Int32) {
        guard let multi else { return }
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, flags, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = message.pointee.data.result  // the message is gone once its handle is removed
            curl_multi_remove_handle(multi, easy)
            active.removeValue(forKey: easy)?.finish(result)
        }
        startWaiting(on: multi)
    }

    // MARK: Waiting requests

    private func startWaiting(on multi: UnsafeMutableRawPointer) {
        while active.count < configuration.concurrentMax, let next = waiting.popFirst() {
            do throws(HTTPClientError) {
                try begin(next, on: multi)
            } catch {
                next.fail(error)
            }
        }
    }

    /// One timer for all that wait, set to the first deadline among them.
    private func armWaitTimer() {
        guard let first = waiting.lazy.map(\.deadline).min(), first < waitArmed else { return }
        waitTimer?.cancel()
        waitArmed = first
        let now = loop.now
        waitTimer = loop.schedule(after: .nanoseconds(Int64(first > now ? first - now : 0))) { [weak self] in
            self?.assumeIsolated { $0.waitTimerFired() }
        }
    }

    private func waitTimerFired() {
        waitTimer = nil
        waitArmed = .max
        let now = loop.now
        var left = Deque<Transfer>()
        for transfer in waiting {
            if transfer.deadline <= now {
                transfer.fail(HTTPClientError(kind: .timedOut, outcome: .neverSent, message: "waited in line"))
            } else {
                left.append(transfer)
            }
        }
        waiting = left
        armWaitTimer()
    }

    // MARK: The end

    /// Closes every connection; requests on the wire end with an unknown outcome. Further requests are refused.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        for transfer in waiting {
            transfer.fail(HTTPClientError(kind: .closed, outcome: .neverSent, message: "the client was closed"))
        }
        waiting = []
        if let multi {
            for (easy, transfer) in active {
                curl_multi_remove_handle(multi, easy)
                transfer.fail(HTTPClientError(kind: .closed, outcome: .unknown, message: "the client was closed"))
            }
            active = [:]
            curl_multi_cleanup(multi)
            self.multi = nil
        }
        for poll in polls.values { poll.close() }
        polls = [:]
        timer?.cancel()
        timer = nil
        waitTimer?.cancel()
        waitTimer = nil
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Logging
internal import UVRuntime

extension RedisClient {
    /// Begins to connect and keeps doing so until `close`. Returns at once.
    public func start() {
        guard phase == .idle else { return }
        connect()
    }

    /// Waits until commands can be sent; false when that took longer than `limit`, or after `close`.
    public func ready(within limit: Duration) async -> Bool {
        do {
            return try await withLoopContinuation { continuation in
                if phase == .ready || phase == .closed {
                    continuation.resume(returning: phase == .ready)
                } else {
                    waitForReady(continuation, limit)
                }
            }
        } catch {
            return false
        }
    }

    private func waitForReady(_ continuation: LoopContinuation<Bool>, _ limit: Duration) {
        let id = (readyWaiters.last?.id ?? 0) &+ 1
        let timer = loop.schedule(after: limit) { [weak self] in
            self?.assumeIsolated { client in
                guard let index = client.readyWaiters.firstIndex(where: { $0.id == id }) else { return }
                client.readyWaiters.remove(at: index).continuation.resume(returning: false)
            }
        }
        readyWaiters.append(ReadyWaiter(continuation: continuation, timer: timer, id: id))
    }

    func resumeReadyWaiters(_ value: Bool) {
        let waiters = readyWaiters
        readyWaiters = []
        for waiter in waiters {
            waiter.timer.cancel()
            waiter.continuation.resume(returning: value)
        }
    }

    /// Ends the connection and refuses further commands; those in flight end with `disconnected`.
    ///
    /// An open connection keeps its client alive: whoever starts one closes it.
    public func close() {
        guard phase != .closed else { return }
        phase = .closed
        connectTimer?.cancel()
        connectTimer = nil
        connection?.close()
        resumeReadyWaiters(false)
    }

    // MARK: Attempts

    private func connect() {
        phase = .connecting
        switch configuration.address {
        case .unix: open(configuration.address)
        case .tcp(let host, let port):
            if SocketAddress(host: host, port: port) != nil {
                open(configuration.address)
            } else {
                Task { await resolveAndOpen(host, port) }
            }
        }
    }

    private func resolveAndOpen(_ host: String, _ port: UInt16) async {
        let numeric: String?
        do {
            numeric = try await loop.offload { Self.resolve(host) }
        } catch {
            numeric = nil
        }
        guard phase == .connecting, connection == nil else { return }
        if let numeric {
            open(.tcp(host: numeric, port: port))
        } else {
            failed("cannot resolve \(host)")
        }
    }

    /// The first address of a name. Blocks: worker threads only.
    private nonisolated static func resolve(_ host: String) -> String? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0, let found else { return nil }
        defer { freeaddrinfo(found) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let base = text.baseAddress,
                getnameinfo(found.pointee.ai_addr, found.pointee.ai_addrlen, base, 128, nil, 0, NI_NUMERICHOST) == 0
            else { return nil }
            return String(cString: base)
        }
    }

    private func open(_ address: RedisConfiguration.Address) {
        let connection = HiredisConnection(
            loop: loop,
            connected: { self.connected() },
            replied: { self.received($0) },
            gone: { self.gone($0) })
        if let reason = connection.open(address) {
            failed(reason)
            return
        }
        self.connection = connection
        connectTimer = loop.schedule(after: configuration.connectTimeout) { [weak self] in
            self?.assumeIsolated { $0.connectTimedOut() }
        }
    }

    private func connectTimedOut() {
        connectTimer = nil
        guard phase == .connecting else { return }
        connection?.close()
    }

    private func connected() {
        if let password = configuration.password {
            let user = configuration.user.map { [Array($0.utf8)] } ?? []
            sendHandshake([Array("AUTH".utf8)] + user + [Array(password.utf8)], isLast: false)
        }
        if configuration.database != 0 {
            sendHandshake([Array("SELECT".utf8), Array(String(configuration.database).utf8)], isLast: false)
        }
        sendHandshake([Array("PING".utf8)], isLast: true)
    }

    func handshakeAnswered(_ result: Result<RedisValue, RedisError>, isLast: Bool) {
        guard phase == .connecting else { return }
        switch result {
        case .failure(.server(let text)):
            logger.error("redis refuses us", metadata: ["reason": "\(text)"])
            connection?.close()
        case .failure: break  // the connection is going; `gone` follows
        case .success where isLast: becameReady()
        case .success: break
        }
    }

    private func becameReady() {
        connectTimer?.cancel()
        connectTimer = nil
        backoff.reset()
        phase = .ready
        statistics.connects &+= 1
        logger.info("redis connected")
        resumeReadyWaiters(true)
    }

    private func gone(_ reason: String) {
        connection = nil
        connectTimer?.cancel()
        connectTimer = nil
        forgetPending()
        guard phase != .closed else { return }
        failed(reason)
    }

    /// Counts one failed attempt or lost connection and plans the next attempt.
    private func failed(_ reason: String) {
        metrics.count("connection")
        let delay = backoff.next()
        // One line per outage: the attempts that follow say the same.
        let level: Logger.Level = backoff.attempts == 1 ? .warning : .debug
        logger.log(level: level, "redis is away", metadata: ["reason": "\(reason)", "retry_in": "\(delay)"])
        phase = .waiting
        connectTimer = loop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { client in
                guard client.phase == .waiting else { return }
                client.connectTimer = nil
                client.connect()
            }
        }
    }
}

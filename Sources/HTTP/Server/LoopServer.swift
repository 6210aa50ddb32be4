// SPDX-License-Identifier: Apache-2.0

import Logging
import MarketCrypto
import Synchronization
import UVRuntime

/// The server's share on one loop: its listener, its connections and what they use in common.
// @unchecked: confined to its loop's thread; the entries from outside are `open`, `drain` and the callbacks of the loop,
// each of which checks. `drainWaiters` are continuations of tasks elsewhere, resumed here.
final class LoopServer: @unchecked Sendable {
    let loop: EventLoop
    let configuration: HTTPServerConfiguration
    let bounds: ConnectionBounds
    let bodies: BodyBudget
    let hasAccessLog: Bool
    let dispatcher: Dispatcher
    let census: ConnectionCensus
    let spool: SpoolDirectory
    let decoders = DecoderSlots()
    var metrics = ServerMetrics()
    let writer: ResponseWriter
    var coding: AnswerCoding
    private(set) var isDraining = false
    /// Requests in work, for the gauge.
    var busyCount = 0
    private var listener: TCPListener?
    private var connections: [UInt64: HTTPConnection] = [:]
    /// Refused connections that have not gone yet.
    private var farewellCount = 0
    private var nextID: UInt64 = 1
    private var wheel: TimerWheel
    private var timer: LoopTimer?
    private var ids = RequestIDSource()
    /// Wall-clock milliseconds when the loop's clock showed `wallBase.loop` nanoseconds.
    private var wallBase: (milliseconds: UInt64, loop: UInt64)
    /// When connections may be looked through again for those that only wait.
    private var nextSweep: UInt64 = 0
    private var lastAcceptComplaint: UInt64 = 0
    private var drainWaiters: [LoopContinuation<Void>] = []
    /// What the TLS connections of this loop share; nil without TLS.
    private let buffers: TLSBuffers?

    init(
        loop: EventLoop, configuration: HTTPServerConfiguration, router: Router, census: ConnectionCensus,
        spool: SpoolDirectory
    ) {
        loop.preconditionCurrent()
        self.loop = loop
        self.configuration = configuration
        bounds = ConnectionBounds(configuration)
        bodies = BodyBudget(max: configuration.bodiesInMemoryMax)
        hasAccessLog = configuration.accessLog != nil
        self.census = census
        self.spool = spool
        dispatcher = Dispatcher(router: router)
        buffers = configuration.tls == nil ? nil : TLSBuffers()
        writer = ResponseWriter(configuration)
        coding = AnswerCoding(configuration)
        wheel = TimerWheel(tick: configuration.timeouts.tick.wholeMilliseconds * 1_000_000, now: loop.now)
        wallBase = (wallMilliseconds(), loop.now)
        writer.setTime(milliseconds: wallBase.milliseconds)
    }

    /// Starts to listen; returns the bound address.
    func open(_ address: SocketAddress) throws -> SocketAddress {
        loop.preconditionCurrent()
        // The listener is owned by libuv until it is closed: an unowned reference back would outlive a failed start.
        let listener = try TCPListener(
            loop: loop, address: address,
            refused: { [weak self] error in self?.acceptFailed(error) },
            accept: { [weak self] stream in
                if let self { self.accept(stream) } else { stream.close() }
            })
        self.listener = listener
        return listener.localAddress ?? address
    }

    // MARK: Connections

    private func accept(_ stream: TCPStream) {
        guard let address = stream.peer else { return stream.close() }
        let peer = Peer(address: address.host, port: Int(address.port))
        let isExempt = configuration.isTrustedProxy(peer.address)
        if let refusal = census.enter(peer.address, isExempt: isExempt) {
            metrics.refused(refusal.rawValue)
            return refuse(stream)
        }
        guard secure(stream) else {
            census.leave(peer.address)
            return stream.close()
        }
        if connections.isEmpty { startTimer() }
        let id = nextID
        nextID += 1
        let origin = RequestOrigin(
            peer: peer, isTrustedProxy: configuration.isTrustedProxy, isSecure: stream.cipher != nil)
        let connection = HTTPConnection(id: id, stream: stream, server: self, origin: origin)
        connections[id] = connection
        stream.start(connection)
        connection.assumeIsolated { $0.begin() }
    }

    /// Puts TLS on a connection where the port speaks it; false when memory ran out.
    private func secure(_ stream: TCPStream) -> Bool {
        guard let tls = configuration.tls, let buffers else { return true }
        guard let session = TLSServerSession(tls.context) else { return false }
        stream.cipher = TLSLayer(session: session, buffers: buffers, logger: configuration.logger)
        return true
    }

    /// One over the bound: told so, and closed. Over TLS it is only closed: telling would take a handshake, which is what
    /// the bound spares us.
    private func refuse(_ stream: TCPStream) {
        guard configuration.tls == nil else { return stream.close() }
        let problem = Problem(
            .overloaded, detail: "Too many connections.", headers: [.retryAfter(seconds: 1)], closesConnection: true)
        let id = nextRequestID()
        writer.append(
            configuration.answer(toRefused: RefusedRequest(problem, id, nil)),
            .init(requestID: id, keepsAlive: false), to: &stream.output)
        guard farewellCount < Farewell.countMax else {
            stream.flush()
            return stream.close()
        }
        farewellCount += 1
        _ = Farewell(stream, lingering: configuration.timeouts.linger) { [weak self] in self?.farewellCount -= 1 }
    }

    /// Descriptors are exhausted or the peer was gone before the accept: at most one line a second.
    private func acceptFailed(_ error: UVError) {
        metrics.refused("accept")
        guard !error.isDisconnect, loop.now >= lastAcceptComplaint + 1_000_000_000 else { return }
        lastAcceptComplaint = loop.now
        configuration.logger.warning("a connection could not be accepted", metadata: ["error": "\(error)"])
    }

    func closed(_ id: UInt64, source: String) {
        guard connections.removeValue(forKey: id) != nil else { return }
        census.leave(source)
        if connections.isEmpty {
            timer?.cancel()
            timer = nil
            publish()
            if isDraining { endDrain() }
        }
    }

    // MARK: Time

    /// Enters a connection's deadline; returns the wheel's step it stands at.
    func arm(_ id: UInt64, deadline: UInt64, armed: UInt64) -> UInt64 {
        wheel.arm(id, deadline: deadline, armed: armed)
    }

    private func startTimer() {
        wheel = TimerWheel(tick: wheel.tick, now: loop.now)
        wallBase = (wallMilliseconds(), loop.now)
        timer = loop.schedule(every: configuration.timeouts.tick) { [weak self] in self?.tick() }
    }

    private func tick() {
        let now = loop.now
        wallBase = (wallMilliseconds(), now)
        writer.setTime(milliseconds: wallBase.milliseconds)
        publish()
        makeRoom(now)
        for (id, due) in wheel.advance(to: now) {
            connections[id]?.assumeIsolated { $0.wheelReached(due, now: now) }
        }
    }

    /// Ends what has been idle for some time while connections are scarce. Each is looked at, so not with every step.
    private func makeRoom(_ now: UInt64) {
        guard now >= nextSweep, census.isNearlyFull else { return }
        nextSweep = now + bounds.idlePressedTime / 4
        for connection in connections.values { connection.assumeIsolated { $0.makeRoom(now) } }
    }

    private func publish() {
        metrics.publish(open: connections.count, busy: busyCount)
    }

    func nextRequestID() -> RequestID {
        let milliseconds = wallBase.milliseconds &+ (loop.now &- wallBase.loop) / 1_000_000
        writer.setTime(milliseconds: milliseconds)
        return ids.next(milliseconds: milliseconds)
    }

    // MARK: End

    /// Stops accepting, closes idle connections, lets requests that have begun be answered with `Connection: close`.
    ///
    /// - Parameter limit: after it, whatever is left is closed.
    func drain(limit: Duration) async throws {
        loop.preconditionCurrent()
        try await withLoopContinuation { continuation in
            drainWaiters.append(continuation)
            beginDrain(limit: limit)
        }
    }

    private func beginDrain(limit: Duration) {
        if !isDraining {
            isDraining = true
            listener?.close()
            listener = nil
        }
        if connections.isEmpty { return endDrain() }
        for connection in connections.values { connection.assumeIsolated { $0.drain() } }
        _ = loop.schedule(after: limit) { [weak self] in self?.abandonConnections() }
    }

    private func abandonConnections() {
        for connection in connections.values { connection.assumeIsolated { $0.abandon() } }
    }

    private func endDrain() {
        let waiters = drainWaiters
        drainWaiters = []
        for waiter in waiters { waiter.resume() }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
public import Logging
public import UVRuntime

/// A pipelined Redis client of one loop that never holds its caller longer than `commandTimeout`.
///
/// Redis is an accelerator here, never the truth: while it is away, or while a command is overdue, calls are refused at
/// once. The breaker needs no thresholds: the first overdue command opens it, and it closes when every overdue reply has
/// arrived after all, or when a new connection has answered its `PING`.
///
/// - Isolation: an actor on its loop; many tasks share one connection, replies come in the order of the commands.
/// - Cancellation: has no effect on a command that was sent; the time-out bounds it.
public final actor RedisClient: LoopActor {
    /// The loop, as the executor that `LoopActor` asks for.
    public nonisolated var executor: LoopExecutor { loop }
    /// The loop that runs it.
    public nonisolated let loop: EventLoop
    /// Where Redis is, and the bounds.
    public nonisolated let configuration: RedisConfiguration
    /// What happened since the start.
    public internal(set) var statistics = Statistics()

    nonisolated let logger: Logger
    nonisolated let metrics = RedisMetrics()
    var phase = Phase.idle
    var connection: HiredisConnection?
    var backoff: Backoff
    var connectTimer: (any ScheduledTimer)?
    var readyWaiters: [ReadyWaiter] = []
    private var pending = Deque<Pending>()
    private var pendingBytes = 0
    private var overdue = 0
    private var deadlineTimer: (any ScheduledTimer)?
    private var deadlineArmed = UInt64.max

    enum Phase: Equatable {
        case idle
        /// Connecting, or the handshake is not answered.
        case connecting
        case ready
        /// Connected, but a command is overdue since this instant (loop nanoseconds).
        case stalled(UInt64)
        /// Between two attempts.
        case waiting
        case closed
    }

    /// Counts since the start.
    public struct Statistics: Sendable, Equatable {
        /// Commands handed to the connection, the handshake's included.
        public var sent: UInt64 = 0
        /// Commands without a reply in time.
        public var timedOut: UInt64 = 0
        /// Commands refused because Redis was away.
        public var unavailable: UInt64 = 0
        /// Connections that became usable.
        public var connects: UInt64 = 0
    }

    struct ReadyWaiter {
        let continuation: LoopContinuation<Bool>
        let timer: any ScheduledTimer
        let id: UInt64
    }

    private enum Recipient {
        case caller(LoopContinuation<RedisValue>)
        case nobody
        case handshake(isLast: Bool)
    }

    private struct Pending {
        var recipient: Recipient
        let deadline: UInt64
        let byteCount: Int
        var isOverdue = false
    }

    /// Makes a client that does nothing until `start`.
    public init(loop: EventLoop, configuration: RedisConfiguration, logger: Logger) {
        self.loop = loop
        self.configuration = configuration
        self.logger = logger
        backoff = Backoff(min: configuration.retryDelayMin, max: configuration.retryDelayMax)
    }

    /// Whether a command would be sent now.
    public var isHealthy: Bool { phase == .ready }

    /// Commands without a reply.
    public var inFlight: Int { pending.count }

    /// Sends a command and waits for its reply.
    ///
    /// - Parameter parts: the command's name and arguments, 1…1024, any bytes.
    /// - Throws: `RedisError`, after at most `commandTimeout`.
    /// - Cost: one copy of the arguments; one write per loop iteration for all commands of that iteration.
    public func command(_ parts: [[UInt8]]) async throws(RedisError) -> RedisValue {
        guard Self.isPlain(parts) else { throw refuse(.refused) }
        return try await known(parts)
    }

    /// Sends one of this client's own commands, which needs no look at its name.
    func known(_ parts: [[UInt8]]) async throws(RedisError) -> RedisValue {
        do {
            return try await withLoopContinuation { continuation in
                if let refusal = submit(parts, .caller(continuation)) { continuation.resume(throwing: refusal) }
            }
        } catch {
            throw (error as? RedisError) ?? .disconnected
        }
    }

    /// Sends a command and looks at its reply only to count errors. Returns at once; false when it was not sent.
    @discardableResult
    public func fire(_ parts: [[UInt8]]) -> Bool {
        guard Self.isPlain(parts) else {
            _ = refuse(.refused)
            return false
        }
        return fireKnown(parts)
    }

    /// `fire` for one of this client's own commands.
    func fireKnown(_ parts: [[UInt8]]) -> Bool {
        submit(parts, .nobody) == nil
    }

    private func submit(_ parts: [[UInt8]], _ recipient: Recipient) -> RedisError? {
        guard phase == .ready else {
            statistics.unavailable &+= 1
            return refuse(.unavailable)
        }
        return enqueue(parts, recipient, timeout: configuration.commandTimeout).map(refuse)
    }

    private func refuse(_ refusal: RedisError) -> RedisError {
        count(refusal)
        return refusal
    }

    private func enqueue(_ parts: [[UInt8]], _ recipient: Recipient, timeout: Duration) -> RedisError? {
        let byteCount = parts.reduce(0) { $0 + $1.count }
        guard byteCount <= configuration.commandBytesMax else { return .refused }
        guard pending.count < configuration.inFlightMax,
            pendingBytes + byteCount <= configuration.inFlightBytesMax
        else { return .overloaded }
        guard let connection, connection.send(parts) else { return .unavailable }
        statistics.sent &+= 1
        let deadline = loop.now &+ timeout.wholeMilliseconds &* 1_000_000
        pending.append(Pending(recipient: recipient, deadline: deadline, byteCount: byteCount))
        pendingBytes += byteCount
        armDeadline(deadline)
        return nil
    }

    /// A command that answers once and leaves the connection in request-reply mode.
    private static func isPlain(_ parts: [[UInt8]]) -> Bool {
        guard let name = parts.first, !name.isEmpty, parts.count <= 1024 else { return false }
        let upper = String(decoding: name, as: UTF8.self).uppercased()
        return !switchesMode.contains(upper)
    }

    private static let switchesMode: Set<String> = [
        "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR", "SYNC",
        "PSYNC", "QUIT", "RESET", "HELLO", "CLIENT", "SELECT", "AUTH",
    ]

    func count(_ error: RedisError) {
        metrics.count(error.kind)
    }

    // MARK: Replies

    /// Sends one command of the handshake.
    func sendHandshake(_ parts: [[UInt8]], isLast: Bool) {
        if enqueue(parts, .handshake(isLast: isLast), timeout: configuration.connectTimeout) != nil {
            connection?.close()
        }
    }

    func received(_ reply: RedisValue?) {
        guard let entry = pending.popFirst() else { return }
        pendingBytes -= entry.byteCount
        if entry.isOverdue { overdue -= 1 }
        deliver(reply, to: entry)
        if reply != nil, overdue == 0, case .stalled = phase {
            phase = .ready
            logger.notice("redis answers again")
            resumeReadyWaiters(true)
        }
    }

    private func deliver(_ reply: RedisValue?, to entry: Pending) {
        let result: Result<RedisValue, RedisError>
        switch reply {
        case nil: result = .failure(.disconnected)
        case .error(let text): result = .failure(.server(text))
        case .some(let value): result = .success(value)
        }
        if case .failure(let error) = result, !entry.isOverdue { count(error) }
        switch entry.recipient {
        case .caller(let continuation): continuation.resume(with: result.mapError { $0 as any Error })
        case .nobody: break
        case .handshake(let isLast): handshakeAnswered(result, isLast: isLast)
        }
    }

    // MARK: Deadlines

    /// One timer serves all commands: it is set to the first deadline and, when it fires, to the next one.
    private func armDeadline(_ deadline: UInt64) {
        guard deadline < deadlineArmed else { return }
        deadlineTimer?.cancel()
        deadlineArmed = deadline
        let now = loop.now
        let wait = deadline > now ? deadline - now : 0
        deadlineTimer = loop.schedule(after: .nanoseconds(Int64(wait))) { [weak self] in
            self?.assumeIsolated { $0.deadlinePassed() }
        }
    }

    private func deadlinePassed() {
        deadlineTimer = nil
        deadlineArmed = .max
        let now = loop.now
        var next = UInt64.max
        for index in pending.indices where !pending[index].isOverdue {
            if pending[index].deadline <= now {
                expire(index)
            } else {
                next = min(next, pending[index].deadline)
            }
        }
        if overdue > 0, phase == .ready {
            phase = .stalled(now)
            logger.warning("redis is overdue", metadata: ["in_flight": "\(pending.count)"])
        }
        if case .stalled(let since) = phase {
            let giveUp = since &+ configuration.stallMax.wholeMilliseconds &* 1_000_000
            if now >= giveUp {
                connection?.close()
                return
            }
            next = min(next, giveUp)
        }
        if next != .max { armDeadline(next) }
    }

    private func expire(_ index: Int) {
        pending[index].isOverdue = true
        overdue += 1
        statistics.timedOut &+= 1
        count(.timedOut)
        if case .caller(let continuation) = pending[index].recipient {
            continuation.resume(throwing: RedisError.timedOut)
            pending[index].recipient = .nobody
        }
    }

    /// The connection is gone; every entry has had its nil reply by now.
    func forgetPending() {
        while !pending.isEmpty { received(nil) }
        deadlineTimer?.cancel()
        deadlineTimer = nil
        deadlineArmed = .max
    }
}

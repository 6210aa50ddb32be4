// SPDX-License-Identifier: Apache-2.0
internal import Logging
public import UVRuntime

/// Listens to channels on a connection of its own and comes back after every loss.
///
/// Notifications are lost while the connection is down, silently: each time it listens anew, `onStale` says that
/// everything they would have told may have changed. Correctness must not rest on them.
///
/// - Isolation: an actor on its loop; the callbacks run on the loop and must not block.
public final actor PostgresListener: LoopActor {
    /// The loop it lives on.
    public nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let onNotification: @Sendable (PostgresNotification) -> Void
    private let onStale: @Sendable () -> Void
    private let onLost: @Sendable () -> Void
    private let onHeard: @Sendable (Duration) -> Void
    private let heartbeat: Duration

    private var connection: PostgresConnection?
    private var backOff: BackOff
    private var random = SystemRandomNumberGenerator()
    private var pending: (any ScheduledTimer)?
    private var isRunning = false
    private var isConnecting = false
    /// When the last answered heartbeat of this connection was sent, by the loop's clock.
    private var lastBeat: UInt64?

    /// Channels of one listener; each is one LISTEN at every connect.
    public static let channelsMax = 64

    /// Makes a listener that does nothing until `start()`.
    ///
    /// - Parameters:
    ///   - channels: 1…64 names.
    ///   - heartbeat: how often a statement proves that the connection still lives; one that does not answer within the
    ///     configuration's statement deadline is replaced.
    ///   - onStale: called each time after the channels were listened to, the first time included.
    ///   - onLost: called when the connection is lost: nothing is heard until `onStale` is called again.
    ///   - onHeard: called after each heartbeat but the first of a connection: whatever was committed so long ago has been told
    ///     of. A session sends what was notified before it is ready for its next statement: the answer to one heartbeat says
    ///     that everything from before the one before it has arrived.
    public init(
        configuration: PostgresConfiguration, loop: EventLoop, channels: [String], heartbeat: Duration = .seconds(10),
        onStale: @escaping @Sendable () -> Void, onLost: @escaping @Sendable () -> Void = {},
        onHeard: @escaping @Sendable (Duration) -> Void = { _ in },
        onNotification: @escaping @Sendable (PostgresNotification) -> Void
    ) {
        precondition((1...Self.channelsMax).contains(channels.count), "channels out of range")
        executor = loop
        self.loop = loop
        self.configuration = configuration
        self.channels = channels
        self.heartbeat = heartbeat
        self.onStale = onStale
        self.onLost = onLost
        self.onHeard = onHeard
        self.onNotification = onNotification
        backOff = BackOff(configuration.limits)
    }

    /// Whether the channels are listened to now.
    public var isListening: Bool { connection != nil }

    /// The process id of the session's server process; 0 while there is none.
    public var backendPID: Int32 { connection?.assumeIsolated { $0.backendPID } ?? 0 }

    /// Connects, in the background, until `stop()`.
    public func start() {
        guard !isRunning else { return }
        isRunning = true
        connect()
    }

    /// Closes the connection and stays silent from here on.
    public func stop() {
        isRunning = false
        pending?.cancel()
        pending = nil
        let connection = self.connection
        self.connection = nil
        if connection != nil { PostgresMetrics.leave(.listening) }
        connection?.assumeIsolated { $0.close() }
    }

    private func connect() {
        guard isRunning, !isConnecting, connection == nil else { return }
        isConnecting = true
        Task {
            do throws(PostgresError) {
                let connection = try await PostgresConnection.connect(configuration, on: loop)
                do throws(PostgresError) {
                    try await listen(on: connection)
                } catch {
                    await connection.close()
                    throw error
                }
                isConnecting = false
                listening(on: connection)
            } catch {
                isConnecting = false
                again(after: error)
            }
        }
    }

    private func listen(on connection: PostgresConnection) async throws(PostgresError) {
        await connection.deliver(to: onNotification)
        for channel in channels {
            let name = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            _ = try await connection.run(PostgresCall(PostgresSQL(text: "listen \"\(name)\""), isPrepared: false))
        }
    }

    private func listening(on connection: PostgresConnection) {
        guard isRunning else {
            connection.assumeIsolated { $0.close() }
            return
        }
        let isOpen = connection.assumeIsolated { connection -> Bool in
            connection.onClose = { connection in self.assumeIsolated { $0.lost(connection) } }
            return connection.isOpen
        }
        guard isOpen else {
            again(after: PostgresError(.connectionLost, outcome: .unknown, "lost while it began to listen"))
            return
        }
        self.connection = connection
        lastBeat = nil
        PostgresMetrics.enter(.listening)
        backOff.succeeded()
        onStale()
        scheduleHeartbeat()
    }

    private func lost(_ connection: PostgresConnection) {
        guard self.connection === connection else { return }
        self.connection = nil
        PostgresMetrics.leave(.listening)
        onLost()
        let error = connection.assumeIsolated { $0.closeError }
        again(after: error ?? PostgresError(.connectionLost, outcome: .unknown, "the listening connection was lost"))
    }

    private func again(after error: PostgresError) {
        guard isRunning else { return }
        let pause = backOff.failed(using: &random)
        configuration.logger.warning("postgres: not listening", metadata: ["error": "\(error)", "pause": "\(pause)"])
        schedule(after: pause) { $0.connect() }
    }

    private func scheduleHeartbeat() {
        schedule(after: heartbeat) { listener in
            guard let connection = listener.connection else { return }
            let sent = listener.loop.now
            Task {
                // A failure closes the connection, and that starts the next one.
                if (try? await connection.query("select 1")) != nil { listener.beat(connection, sent) }
            }
        }
    }

    private func beat(_ connection: PostgresConnection, _ sent: UInt64) {
        guard isRunning, self.connection === connection else { return }
        if let lastBeat { onHeard(.nanoseconds(Int64(clamping: loop.now &- lastBeat))) }
        lastBeat = sent
        scheduleHeartbeat()
    }

    private func schedule(after: Duration, _ action: @escaping @Sendable (isolated PostgresListener) -> Void) {
        pending?.cancel()
        pending = loop.schedule(after: after) { self.assumeIsolated { action($0) } }
    }
}

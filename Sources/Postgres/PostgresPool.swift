// SPDX-License-Identifier: Apache-2.0
internal import Logging
public import UVRuntime

/// The connections of one loop: some exclusive, for writes and transactions, and a few that share pipelined reads.
///
/// Connections are opened on demand up to `PostgresLimits`, and again after a loss, with growing pauses.
/// As a `PostgresClient` it runs each statement by itself on an exclusive connection; `reads` shares, `pipeline` lets statements that
/// write follow each other on one.
///
/// - Isolation: an actor on its loop. End it with `close()`.
public final actor PostgresPool: LoopActor, PostgresClient {
    /// The loop it lives on.
    public nonisolated let executor: LoopExecutor
    /// The loop of its connections.
    public nonisolated let loop: EventLoop
    /// What it was made with.
    public nonisolated let configuration: PostgresConfiguration

    // Exclusive connections.
    var idle: [PostgresConnection] = []
    var lent: [ObjectIdentifier: PostgresConnection] = [:]
    var waiting = WaitQueue<PostgresConnection>()
    /// The one of those that are lent on which statements follow each other.
    var pipe: Pipe?
    // Shared connections.
    var lanes: [Lane] = []
    var laneWaiting = WaitQueue<Lane>()
    /// Somebody has read: from then on the shared connections are kept open.
    var readsAreWanted = false

    var connecting = 0
    var connectingLanes = 0
    var backOff: BackOff
    var isPausing = false
    var lastFailure: PostgresError?
    var isClosed = false
    var expiryTimer: (any ScheduledTimer)?
    var closeWaiters: [LoopContinuation<Void>] = []
    var random = SystemRandomNumberGenerator()

    /// A connection that many reads share.
    // @unchecked: touched on the loop alone.
    final class Lane: @unchecked Sendable {
        let connection: PostgresConnection
        /// Reads given to it and not yet back.
        var inFlight = 0
        var isLost = false

        init(_ connection: PostgresConnection) {
            self.connection = connection
        }
    }

    /// Makes a pool without connections; the first use, or `warmUp()`, opens them.
    public init(configuration: PostgresConfiguration, loop: EventLoop) {
        executor = loop
        self.loop = loop
        self.configuration = configuration
        backOff = BackOff(configuration.limits)
    }

    /// What the pool holds now.
    public struct Counts: Sendable, Equatable {
        /// Exclusive connections without work.
        public var idle: Int
        /// Exclusive connections lent out.
        public var busy: Int
        /// Shared connections.
        public var reading: Int
        /// Callers that wait.
        public var waiting: Int
    }

    /// What the pool holds now.
    public var counts: Counts {
        Counts(idle: idle.count, busy: lent.count, reading: lanes.count, waiting: waiting.count + laneWaiting.count)
    }

    /// Opens one connection of each kind, to find out at start whether the database can be reached.
    ///
    /// - Throws: `.acquireTimeout` with the last reason.
    public func warmUp() async throws(PostgresError) {
        release(try await acquire())
        laneReleased(try await acquireLane())
    }

    /// Runs one statement, committed by itself, on an exclusive connection.
    ///
    /// - Throws: as `PostgresConnection.run`; `.acquireTimeout` and `.overloaded` when no connection came free: nothing
    ///   was executed then.
    public func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        let connection = try await acquire()
        do throws(PostgresError) {
            let rows = try await connection.run(call)
            release(connection)
            return rows
        } catch {
            release(connection)
            throw error
        }
    }

    /// Runs `body` in a transaction on an exclusive connection; see `PostgresConnection.withTransaction`.
    public nonisolated(nonsending) func withTransaction<Value>(
        _ options: PostgresTransactionOptions = PostgresTransactionOptions(),
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> sending Value
    ) async throws -> sending Value {
        let connection = try await acquire()
        do {
            let value = try await connection.withTransaction(options, body)
            await release(connection)
            return value
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Lends an exclusive connection to `body`. A transaction left open by it closes the connection.
    public nonisolated(nonsending) func withConnection<Value>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> sending Value
    ) async throws -> sending Value {
        let connection = try await acquire()
        do {
            let value = try await body(connection)
            await release(connection)
            return value
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Pipelined reads on shared connections whose sessions refuse writes (25006).
    public nonisolated var reads: PostgresReads { PostgresReads(pool: self) }

    /// Takes no more work, lets what runs end, and closes everything at the latest after `grace`.
    public func close(grace: Duration = .seconds(5)) async {
        guard !isClosed else { return }
        isClosed = true
        let error = PostgresError(.closed, outcome: .notExecuted, "the pool was closed")
        waiting.failAll(error)
        laneWaiting.failAll(error)
        expiryTimer?.cancel()
        expiryTimer = nil
        for connection in idle { await connection.close() }
        for lane in lanes where lane.inFlight == 0 { await lane.connection.close() }
        guard !isEmpty else { return }
        let timer = loop.schedule(after: grace) { self.assumeIsolated { $0.closeHard() } }
        do {
            try await withLoopContinuation { continuation in
                if isEmpty { continuation.resume() } else { closeWaiters.append(continuation) }
            }
        } catch {
            configuration.logger.error("postgres: pool did not close", metadata: ["error": "\(error)"])
        }
        timer.cancel()
    }

    private var isEmpty: Bool {
        idle.isEmpty && lent.isEmpty && lanes.isEmpty && connecting == 0 && connectingLanes == 0
    }

    private func closeHard() {
        let all = Array(lent.values) + lanes.map(\.connection)
        for connection in all { connection.assumeIsolated { $0.close() } }
    }

    /// Something is gone; perhaps it was the last.
    func checkClosed() {
        guard isClosed, isEmpty else { return }
        let waiters = closeWaiters
        closeWaiters = []
        for waiter in waiters { waiter.resume() }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
internal import DequeModule
internal import Logging
public import UVRuntime

/// One session of the database: libpq in pipeline mode on the loop.
///
/// Statements are sent at once, answered in order, and each has a sync of its own: one that fails takes nobody along.
/// An answer is given only after its sync, which is when the commit has happened.
/// Nothing is ever cancelled on the server: a deadline or a cancelled task closes the connection.
///
/// - Isolation: an actor on its loop. It lives until `close()` or until the connection is lost.
public final actor PostgresConnection: LoopActor, PostgresClient {
    /// The loop it lives on.
    public nonisolated let executor: LoopExecutor
    /// The loop that polls its socket.
    public nonisolated let loop: EventLoop
    nonisolated let configuration: PostgresConfiguration

    enum Step {
        case prepare(StatementCache.Statement, PostgresRequest)
        case deallocate(String)
        /// The BEGIN in front of a transaction's first request.
        case begin(PostgresRequest)
        case execute(PostgresRequest, StatementCache.Statement?, isLast: Bool)
        /// The end of one request's bracket, or (nil) of a bracket of shared reads.
        case sync(PostgresRequest?)
    }

    var handle: OpaquePointer?
    var poll: PollHandle?
    var steps = Deque<Step>()
    var statements: StatementCache
    /// Requests not yet answered.
    var inFlight = 0
    /// Shared reads were sent whose sync is due at the end of the iteration.
    var needsSync = false
    var isFlushScheduled = false
    /// Bytes that arrived for the result that is incomplete.
    var partialBytes = 0
    var deadlineTimer: (any ScheduledTimer)?
    var deadlineTimerDue: UInt64 = .max
    var script: ScriptRun?
    var closeError: PostgresError?
    var onClose: (@Sendable (PostgresConnection) -> Void)?
    var onNotification: (@Sendable (PostgresNotification) -> Void)?

    init(configuration: PostgresConfiguration, loop: EventLoop) {
        executor = loop
        self.loop = loop
        self.configuration = configuration
        statements = StatementCache(capacity: configuration.limits.preparedStatements)
    }

    /// Connects and sets the session up. Call it on the loop.
    ///
    /// Names are resolved, and passwords and TLS computed, on libuv's worker threads.
    ///
    /// - Throws: `.connectFailed`, with the server's error if there was one; nothing was executed.
    public static func connect(
        _ configuration: PostgresConfiguration, on loop: EventLoop
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(configuration: configuration, loop: loop)
        try await connection.open()
        return connection
    }

    /// Whether statements can still be sent.
    public var isOpen: Bool { handle != nil && closeError == nil }

    /// Statements not yet answered.
    public var depth: Int { inFlight }

    /// The process id of the session's server process.
    public var backendPID: Int32 { handle.map { PQbackendPID($0) } ?? 0 }

    /// The session is in no transaction.
    var isIdle: Bool {
        guard let handle else { return false }
        return steps.isEmpty && PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// An explicit transaction was begun and has not ended.
    var isInTransactionBlock: Bool {
        guard let handle else { return false }
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Runs one statement, committed by itself.
    ///
    /// - Throws: `.server`; `.connectionLost` and `.timeout`, whose `outcome` says whether it may have been executed;
    ///   `.overloaded` at `PostgresLimits.pipelineDepth`.
    /// - Cancellation: closes the connection.
    public func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        try await submit(PostgresRequest(call, isShared: false, deadline: deadline(for: call)))
    }

    /// Runs several statements in one round trip and one implicit transaction: all or none take effect.
    ///
    /// - Returns: the rows of each, in order.
    /// - Throws: as `run`; an error of any statement is thrown for all.
    public func batch(_ calls: [PostgresCall]) async throws(PostgresError) -> [PostgresRows] {
        guard let first = calls.first else { return [] }
        let request = PostgresRequest(
            first, rest: Array(calls.dropFirst()), isShared: false, deadline: deadline(for: first))
        let rows = try await submit(request)
        return request.rest.isEmpty ? [rows] : request.results
    }

    /// Closes the connection; what is in flight fails with `.connectionLost`. Further calls do nothing.
    public func close() {
        lose(PostgresError(.connectionLost, outcome: .unknown, "the connection was closed"))
    }

    /// Hands notifications to `receiver`, on the loop.
    func deliver(to receiver: @escaping @Sendable (PostgresNotification) -> Void) {
        onNotification = receiver
    }

    func deadline(for call: PostgresCall) -> UInt64 {
        loop.now &+ (call.timeout ?? configuration.statementDeadline).wholeMilliseconds &* 1_000_000
    }

    /// Sends a request and waits for its answer.
    func submit(_ request: PostgresRequest) async throws(PostgresError) -> PostgresRows {
        if Task.isCancelled {
            throw PostgresError(
                .cancelled, outcome: .notExecuted, "the task was cancelled before the statement was sent")
        }
        do {
            return try await withTaskCancellationHandler {
                try await withLoopContinuation { continuation in
                    request.continuation = continuation
                    begin(request)
                }
            } onCancel: {
                loop.spawn { await self.cancel(request) }
            }
        } catch {
            throw PostgresError.wrap(error)
        }
    }

    private func begin(_ request: PostgresRequest) {
        inFlight += 1
        guard isOpen, script == nil else {
            let error = closeError?.message ?? "the connection is busy with a script"
            finish(request, .failure(PostgresError(.closed, outcome: .notExecuted, error)))
            return
        }
        // Reads that were given up are not in flight any more, but their steps are: at most four a statement.
        let depthMax = configuration.limits.pipelineDepth
        guard inFlight <= depthMax, steps.count <= 4 * depthMax else {
            finish(
                request,
                .failure(PostgresError(.overloaded, outcome: .notExecuted, "the connection's pipeline is full")))
            return
        }
        if let error = Self.refusal(of: request, configuration.limits) {
            finish(request, .failure(error))
            return
        }
        send(request)
        watchDeadline(request.deadline)
    }

    private static func refusal(of request: PostgresRequest, _ limits: PostgresLimits) -> PostgresError? {
        for call in [request.call] + request.rest {
            if call.parameters.count > 65535 {
                return PostgresError(.invalidRequest, outcome: .notExecuted, "more than 65,535 parameters")
            }
            if call.parameters.byteCount > limits.requestBytes {
                return PostgresError(.invalidRequest, outcome: .notExecuted, "parameters exceed the request's limit")
            }
        }
        return nil
    }

    /// Answers a request, once; later answers are dropped.
    func finish(_ request: PostgresRequest, _ result: Result<PostgresRows, PostgresError>) {
        guard let continuation = request.continuation else { return }
        request.continuation = nil
        inFlight -= 1
        switch result {
        case .success(let rows): continuation.resume(returning: rows)
        case .failure(let error):
            PostgresMetrics.count(error)
            continuation.resume(throwing: error)
        }
    }

    private func cancel(_ request: PostgresRequest) {
        guard request.continuation != nil else { return }
        // A shared read is only given up: its answer is dropped when it comes. Anything else must not linger unseen.
        let outcome: PostgresError.Outcome = request.isShared ? .notExecuted : request.outcomeWhenLost
        finish(request, .failure(PostgresError(.cancelled, outcome: outcome, "the task was cancelled")))
        if !request.isShared { close() }
    }
}

/// A message of `NOTIFY`.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel.
    public let channel: String
    /// The payload, at most 7,999 bytes.
    public let payload: String
    /// The sending session's server process.
    public let backendPID: Int32
}

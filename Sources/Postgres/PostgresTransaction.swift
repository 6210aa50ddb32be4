// SPDX-License-Identifier: Apache-2.0
public import UVRuntime

/// How a transaction runs.
public struct PostgresTransactionOptions: Sendable {
    /// Isolation and access, as BEGIN says them.
    public enum Mode: Sendable {
        /// `read committed`, the default: what the writers are made for.
        case readCommitted
        /// `repeatable read`: one snapshot; writes may fail with 40001.
        case repeatableRead
        /// `serializable`: may fail with 40001.
        case serializable
        /// `repeatable read read only`: several reads of one snapshot.
        case snapshot

        var begin: PostgresSQL {
            switch self {
            case .readCommitted: "begin isolation level read committed read write"
            case .repeatableRead: "begin isolation level repeatable read read write"
            case .serializable: "begin isolation level serializable read write"
            case .snapshot: "begin isolation level repeatable read read only"
            }
        }
    }

    /// Isolation and access.
    public var mode: Mode
    /// For all statements together; nil leaves each statement its own. Past it the connection is closed.
    public var timeout: Duration?
    /// How often the whole body runs again after 40001 or 40P01, 0…10, with jittered pauses; it must bear that.
    public var retries: Int

    /// Read committed, no retries.
    public init(mode: Mode = .readCommitted, timeout: Duration? = nil, retries: Int = 0) {
        precondition((0...10).contains(retries), "retries out of range")
        self.mode = mode
        self.timeout = timeout
        self.retries = retries
    }
}

/// A transaction on an exclusive connection; usable inside the body that got it.
///
/// Statements may be sent without waiting for each other. After one fails the server refuses the others (25P02).
/// BEGIN travels with the first statement; a body that sends none costs nothing.
///
/// - Isolation: an actor on its connection's loop.
public final actor PostgresTransaction: LoopActor, PostgresClient {
    /// The loop it lives on.
    public nonisolated let executor: LoopExecutor
    private let connection: PostgresConnection
    private let start: TransactionStart
    private let deadline: UInt64
    private var hasEnded = false

    init(on connection: PostgresConnection, options: PostgresTransactionOptions) {
        executor = connection.executor
        self.connection = connection
        start = TransactionStart(begin: options.mode.begin)
        deadline =
            options.timeout.map {
                connection.loop.now &+ $0.wholeMilliseconds &* 1_000_000
            } ?? .max
    }

    /// Runs one statement of the transaction.
    ///
    /// - Throws: as `PostgresConnection.run`; a lost connection means `.notExecuted`, since nothing was committed.
    public func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        try await submit(call, rest: []).rows
    }

    /// Runs several statements in one round trip.
    ///
    /// - Returns: the rows of each, in order.
    public func batch(_ calls: [PostgresCall]) async throws(PostgresError) -> [PostgresRows] {
        guard let first = calls.first else { return [] }
        let (rows, request) = try await submit(first, rest: Array(calls.dropFirst()))
        return request.rest.isEmpty ? [rows] : request.results
    }

    private func submit(
        _ call: PostgresCall, rest: [PostgresCall]
    ) async throws(PostgresError) -> (rows: PostgresRows, request: PostgresRequest) {
        if hasEnded { throw PostgresError(.closed, outcome: .notExecuted, "the transaction has ended") }
        let request = PostgresRequest(
            call, rest: rest, isShared: false, transaction: start,
            deadline: min(deadline, await connection.deadline(for: call)))
        return (try await connection.submit(request), request)
    }

    /// - Throws: `.server` with the commit's error; a failed transaction that the body ended as if it had succeeded
    ///   is rolled back and throws too. `.connectionLost` has outcome `.unknown`.
    func commit() async throws(PostgresError) {
        hasEnded = true
        guard start.isSent else { return }
        let call = PostgresCall("commit", isPrepared: false)
        let request = PostgresRequest(
            call, isShared: false, transaction: start, isCommit: true,
            deadline: min(deadline, await connection.deadline(for: call)))
        let rows: PostgresRows
        do throws(PostgresError) {
            rows = try await connection.submit(request)
        } catch {
            // Refused before it was sent (a cancelled task), or lost: either way the session is not to be used again.
            if error.code != .server { await connection.close() }
            throw error
        }
        if rows.command != "COMMIT" {
            throw PostgresError(
                .server, outcome: .notExecuted, "rolled back: a statement had failed",
                server: .failedTransaction)
        }
    }

    func rollBack() async {
        hasEnded = true
        guard start.isSent, await connection.isOpen else { return }
        let call = PostgresCall("rollback", isPrepared: false)
        let request = PostgresRequest(
            call, isShared: false, transaction: start, deadline: await connection.deadline(for: call))
        do throws(PostgresError) {
            _ = try await connection.submit(request)
        } catch {
            // The server rolls back what loses its session.
            await connection.close()
        }
    }
}

extension PostgresServerError {
    /// What the server says to a statement after a failed one; COMMIT says it by its tag only.
    fileprivate static let failedTransaction = PostgresServerError(
        severity: "ERROR", sqlstate: "25P02", message: "the transaction had failed", detail: nil, hint: nil,
        schema: nil,
        table: nil, column: nil, constraint: nil, routine: nil)
}

extension PostgresConnection {
    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
    ///
    /// - Throws: what `body` throws, or the commit's error.
    /// - Isolation: `body` runs in the caller's isolation, on the loop. Nothing else may use the connection meanwhile.
    public nonisolated(nonsending) func withTransaction<Value>(
        _ options: PostgresTransactionOptions = PostgresTransactionOptions(),
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> sending Value
    ) async throws -> sending Value {
        var attempt = 0
        while true {
            let transaction = PostgresTransaction(on: self, options: options)
            do {
                let value: Value
                do {
                    value = try await body(transaction)
                } catch {
                    await transaction.rollBack()
                    throw error
                }
                try await transaction.commit()
                return value
            } catch let error as PostgresError
                where error.errorClass == .serialization && error.outcome == .notExecuted && attempt < options.retries
            {
                attempt += 1
                // 5, 10, 20 … ms, at most 320, half of it by chance: two that collided must not collide again.
                let pause = 5 << min(attempt - 1, 6)
                try await loop.sleep(for: .milliseconds(Int.random(in: (pause + 1) / 2...pause)))
            }
        }
    }
}

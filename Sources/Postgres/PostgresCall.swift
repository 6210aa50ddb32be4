// SPDX-License-Identifier: Apache-2.0
internal import UVRuntime

/// One statement with its parameters.
public struct PostgresCall: Sendable {
    /// The statement.
    public var sql: PostgresSQL
    /// Its parameters.
    public var parameters: PostgresParameters
    /// From the call to the answer, waiting for a connection not counted; nil takes the configuration's.
    public var timeout: Duration?
    /// Whether the statement is prepared and kept; false for what runs once.
    public var isPrepared: Bool

    /// Puts a call together.
    public init(
        _ sql: PostgresSQL, parameters: PostgresParameters = PostgresParameters(), timeout: Duration? = nil,
        isPrepared: Bool = true
    ) {
        self.sql = sql
        self.parameters = parameters
        self.timeout = timeout
        self.isPrepared = isPrepared
    }
}

/// Whatever runs statements: a pool, its reads, a connection, a transaction. Stores take `some PostgresClient`.
///
/// - Isolation: call it on the loop it belongs to.
public protocol PostgresClient: Sendable {
    /// Runs one call and returns its rows.
    func run(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows
}

extension PostgresClient {
    /// Runs a statement with the given parameters, `$1` first.
    public func query(
        _ sql: PostgresSQL, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await run(PostgresCall(sql, parameters: PostgresParameters(parameters), timeout: timeout))
    }

    /// Runs a statement with parameters that were encoded before.
    public func query(
        _ sql: PostgresSQL, with parameters: PostgresParameters, timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await run(PostgresCall(sql, parameters: parameters, timeout: timeout))
    }

    /// Runs a statement and returns how many rows it touched.
    @discardableResult
    public func execute(
        _ sql: PostgresSQL, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
    ) async throws(PostgresError) -> Int {
        try await run(PostgresCall(sql, parameters: PostgresParameters(parameters), timeout: timeout)).affected
    }

    /// Runs a statement and returns its first row, nil when there is none.
    public func first(
        _ sql: PostgresSQL, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresRow? {
        try await run(PostgresCall(sql, parameters: PostgresParameters(parameters), timeout: timeout)).first
    }
}

/// A call (or several that share one sync) on its way through a connection.
// @unchecked: handed to a cancellation handler only as an identity; read and changed on the loop alone.
final class PostgresRequest: @unchecked Sendable {
    let call: PostgresCall
    /// Further statements of the same implicit transaction, after `call`.
    let rest: [PostgresCall]
    /// Shares its sync with the other reads of the loop's iteration.
    var isShared: Bool
    /// Runs inside this explicit transaction: never sent twice, and undone when the connection is lost.
    let transaction: TransactionStart?
    /// Ends its transaction with a commit: when the answer is lost, nobody knows.
    let isCommit: Bool
    let deadline: UInt64
    var continuation: LoopContinuation<PostgresRows>?
    /// The results so far, in order.
    var results: [PostgresRows] = []
    var last: PostgresRows?
    var error: PostgresError?
    /// Did not run because something before it in the same bracket failed.
    var wasSkipped = false
    var attempts = 0

    /// A statement that was skipped through no fault of its own, or whose plan went stale, is sent this often at most.
    static let attemptsMax = 3

    init(
        _ call: PostgresCall, rest: [PostgresCall] = [], isShared: Bool, transaction: TransactionStart? = nil,
        isCommit: Bool = false, deadline: UInt64
    ) {
        self.call = call
        self.rest = rest
        self.isShared = isShared
        self.transaction = transaction
        self.isCommit = isCommit
        self.deadline = deadline
    }

    /// What a lost connection means for it.
    var outcomeWhenLost: PostgresError.Outcome { transaction != nil && !isCommit ? .notExecuted : .unknown }
}

/// The beginning of a transaction: sent together with its first statement, which saves a round trip.
// @unchecked: touched on the loop alone.
final class TransactionStart: @unchecked Sendable {
    let begin: PostgresSQL
    /// BEGIN was handed to libpq.
    var isSent = false

    init(begin: PostgresSQL) {
        self.begin = begin
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Why a statement, a connection or a migration failed.
///
/// `outcome` says whether the statement may have taken effect; `errorClass` what a writer does about it.
/// `description` is safe for logs: it holds no values. The server's `detail` may hold them, and stays out of logs.
public struct PostgresError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it is.
    public enum Code: String, Sendable {
        /// The server refused the statement; see `sqlstate`.
        case server
        /// No connection could be made.
        case connectFailed = "connect-failed"
        /// The connection was lost or closed while the statement was on it.
        case connectionLost = "connection-lost"
        /// The deadline passed; the connection was closed.
        case timeout
        /// The calling task was cancelled.
        case cancelled
        /// No connection of the pool came free in time: answer 503.
        case acquireTimeout = "acquire-timeout"
        /// As much waits as may wait: answer 503.
        case overloaded
        /// The pool or connection had been closed, or a transaction had ended, before the call.
        case closed
        /// A value does not have the type that was asked for.
        case decoding
        /// The result exceeds `PostgresLimits.resultRows` or `resultBytes`.
        case resultTooLarge = "result-too-large"
        /// The call itself cannot be sent (too many parameters, too large); a mistake of ours.
        case invalidRequest = "invalid-request"
        /// The migrations on disk and in the database do not fit together.
        case migration
        /// The server does not keep the durability that writers need.
        case notDurable = "not-durable"
    }

    /// Whether the statement may have taken effect.
    public enum Outcome: Sendable {
        /// Surely not: never sent, or rolled back by the server.
        case notExecuted
        /// Unknown: sent, and no answer came. Resend only what is made to be resent.
        case unknown
    }

    /// The kind of failure.
    public let code: Code
    /// Whether the statement may have taken effect.
    public let outcome: Outcome
    /// A sentence without values: ours, or the server's primary message (which a schema's own `raise` may fill).
    public let message: String
    private let fields: Fields?

    private final class Fields: Sendable {
        let server: PostgresServerError

        init(_ server: PostgresServerError) { self.server = server }
    }

    /// Makes an error of the client's own.
    public init(_ code: Code, outcome: Outcome, _ message: String) {
        self.init(code, outcome: outcome, message, server: nil)
    }

    init(_ code: Code, outcome: Outcome, _ message: String, server: PostgresServerError?) {
        self.code = code
        self.outcome = outcome
        self.message = message
        fields = server.map { Fields($0) }
    }

    /// What the server said, if it said something.
    public var server: PostgresServerError? { fields?.server }

    /// The five characters of the server's error, also of our own functions (`MP002`).
    public var sqlstate: String? { server?.sqlstate }

    /// The violated constraint's name.
    public var constraint: String? { server?.constraint }

    /// What a writer does about it.
    public var errorClass: PostgresErrorClass {
        switch code {
        case .server: return sqlstate.map { PostgresErrorClass(sqlstate: $0) } ?? .other
        // Whatever the server said last (25P03, say): the session is gone.
        case .connectionLost, .connectFailed: return .connectionLost
        case .timeout: return .connectionLost
        case .cancelled: return .canceled
        case .acquireTimeout, .overloaded, .closed: return .resources
        case .notDurable: return .readOnly
        case .decoding, .resultTooLarge, .invalidRequest, .migration: return .other
        }
    }

    /// Without values and addresses: safe for logs.
    public var description: String {
        let state = sqlstate.map { " \($0)" } ?? ""
        let name = constraint.map { " (\($0))" } ?? ""
        return "postgres \(code.rawValue)\(state): \(message)\(name)"
    }

    /// Everything, values included: for a developer's eyes, not for logs.
    public var debugDescription: String {
        guard let server else { return description }
        return "\(description) severity=\(server.severity) detail=\(server.detail ?? "-") hint=\(server.hint ?? "-") "
            + "table=\(server.schema ?? "-").\(server.table ?? "-") column=\(server.column ?? "-")"
    }

    /// The same failure with another outcome: for a statement of a transaction that was never committed.
    func with(outcome: Outcome) -> PostgresError {
        PostgresError(code, outcome: outcome, message, server: server)
    }

    /// Continuations throw `any Error`; all of ours are this one.
    static func wrap(_ error: any Error) -> PostgresError {
        if let error = error as? PostgresError { return error }
        return PostgresError(.connectionLost, outcome: .unknown, "\(error)")
    }
}

/// The fields of an error that the server sent.
public struct PostgresServerError: Sendable {
    /// `ERROR`, `FATAL` or `PANIC`, in English.
    public let severity: String
    /// Five characters.
    public let sqlstate: String
    /// The primary message.
    public let message: String
    /// More about it; may hold values of the row.
    public let detail: String?
    /// The server's advice.
    public let hint: String?
    /// The schema of the object concerned.
    public let schema: String?
    /// The table concerned.
    public let table: String?
    /// The column concerned.
    public let column: String?
    /// The constraint concerned.
    public let constraint: String?
    /// The server's source function, which tells some errors of one SQLSTATE apart.
    let routine: String?

    /// The session ends with this error.
    var isFatal: Bool { severity == "FATAL" || severity == "PANIC" }
}

/// What a writer does about an error.
public enum PostgresErrorClass: String, Sendable, CaseIterable {
    /// 40001, 40P01: resend whole, with jitter, bounded.
    case serialization
    /// 22xxx, 23xxx: a row is wrong; bisect the batch.
    case constraint
    /// 55P03: a row is locked elsewhere; split.
    case lockTimeout = "lock-timeout"
    /// 57014, or our own cancellation: split.
    case canceled
    /// 08xxx, 57P0x, a lost socket, a deadline: the outcome is unknown; resend unchanged on a new connection.
    case connectionLost = "connection-lost"
    /// 25006: not the primary; drop the connection.
    case readOnly = "read-only"
    /// 53xxx, or our own bounds: answer 503.
    case resources
    /// Everything else, our own raised states (`MP002`) included.
    case other

    /// Sorts a SQLSTATE.
    public init(sqlstate: String) {
        switch sqlstate {
        case "40001", "40P01": self = .serialization
        case "55P03": self = .lockTimeout
        case "57014": self = .canceled
        case "25006": self = .readOnly
        default:
            if sqlstate.hasPrefix("22") || sqlstate.hasPrefix("23") {
                self = .constraint
            } else if sqlstate.hasPrefix("08") || sqlstate.hasPrefix("57P0") {
                self = .connectionLost
            } else if sqlstate.hasPrefix("53") {
                self = .resources
            } else {
                self = .other
            }
        }
    }
}

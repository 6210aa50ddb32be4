// SPDX-License-Identifier: Apache-2.0

/// Why a command gave no value. Only `server` and the two refusals say what happened to it.
public enum RedisError: Error, Sendable, Equatable {
    /// Not sent: there is no connection, or commands before it are overdue.
    case unavailable
    /// Not sent: as many commands or bytes are in flight as the client allows.
    case overloaded
    /// Not sent: it is larger than `RedisConfiguration.commandBytesMax`, empty, or switches the connection's mode.
    case refused
    /// Sent, and no reply came in time; it may have happened, or may still happen.
    case timedOut
    /// The connection broke before the reply; it may have happened.
    case disconnected
    /// Redis answered with this error; nothing happened.
    case server(String)

    /// The label of the metric `mve_redis_errors_total`.
    public var kind: String {
        switch self {
        case .unavailable: "unavailable"
        case .overloaded: "overloaded"
        case .refused: "refused"
        case .timedOut: "timeout"
        case .disconnected: "disconnected"
        case .server: "server"
        }
    }
}

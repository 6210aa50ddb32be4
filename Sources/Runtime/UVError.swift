// SPDX-License-Identifier: Apache-2.0
internal import CUV

/// An error of libuv: a negative errno with the call that gave it.
public struct UVError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Negative errno, such as `UV_ECONNRESET`.
    public let code: Int32
    /// The libuv call.
    public let call: String

    /// Wraps a status that libuv returned.
    public init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// The errno's name, such as `ECONNRESET`.
    public var name: String {
        uv_err_name(code).map { String(cString: $0) } ?? "E\(code)"
    }

    public var description: String {
        "\(call): \(name) (\(uv_strerror(code).map { String(cString: $0) } ?? "unknown"))"
    }

    /// The peer is gone or the handle was closed: not worth a log line.
    public var isDisconnect: Bool {
        code == UV_ECONNRESET.rawValue || code == UV_EPIPE.rawValue || code == UV_ECANCELED.rawValue
            || code == UV_ECONNABORTED.rawValue || code == UV_ENOTCONN.rawValue || code == UV_ETIMEDOUT.rawValue
    }

    @discardableResult
    static func check(_ status: Int32, _ call: String) throws(UVError) -> Int32 {
        guard status >= 0 else { throw UVError(code: status, call: call) }
        return status
    }
}

/// Refusals of the runtime itself.
public enum RuntimeError: Error, Sendable, Equatable {
    /// More than `EventLoop.Limits.offloads` blocking calls wait for worker threads.
    case offloadsExhausted
    /// The loop has ended.
    case loopStopped
    /// A thread could not be started (errno).
    case threadStartFailed(Int32)
}

// SPDX-License-Identifier: Apache-2.0

/// The bounds of one client.
public struct HTTPClientConfiguration: Sendable {
    /// Requests on the wire at once; the others wait. A payment provider throttles long before this.
    public var concurrentMax = 32
    /// Requests that wait; past it `send` refuses, so that a dead provider cannot grow our memory.
    public var waitingMax = 512
    /// Connections kept open for the next request.
    public var idleConnectionsMax = 8
    /// Name, TCP and TLS together; the request's own time-out applies too.
    public var connectTimeout: Duration = .seconds(5)
    /// Bytes of an answer's body.
    public var responseBytesMax = 4 * 1024 * 1024
    /// Bytes of an answer's header lines.
    public var responseHeaderBytesMax = 64 * 1024
    /// Bytes of a request's body.
    public var requestBytesMax = 4 * 1024 * 1024
    /// The `User-Agent`; nil sends none.
    public var userAgent: String? = "mve"

    /// Takes the defaults.
    public init() {}
}

// SPDX-License-Identifier: Apache-2.0

public import Logging

/// Everything about an HTTP server that is not a route.
public struct HTTPServerConfiguration: Sendable {
    /// How long each step may take.
    public struct Timeouts: Sendable {
        /// A whole head, from its first octet (and from the accept). Passed: 408, or a silent close if nothing came.
        public var head = Duration.seconds(10)
        /// A whole body, as long as the route keeps the default limit; longer bodies follow the floor rate.
        public var body = Duration.seconds(60)
        /// How long a body may be slower than the floor rate.
        public var bodyGrace = Duration.seconds(5)
        /// Octets a second that a body must keep up on average. Below: 408.
        public var bodyRateMin = 512
        /// A kept-alive connection without a request. Passed: closed.
        public var idle = Duration.seconds(75)
        /// The same while nine tenths of the connections are in use: who waits makes room for who asks.
        public var idlePressed = Duration.seconds(5)
        /// A write of which the client takes nothing. Passed: closed.
        public var write = Duration.seconds(30)
        /// A handler. Passed: 503 and the task cancelled, or 504 once an effect has begun.
        public var handler = Duration.seconds(30)
        /// Reading and dropping after the last answer, so that it is not destroyed by a reset.
        public var linger = Duration.seconds(2)
        /// The step of the timer wheel; time-outs come up to two steps late.
        public var tick = Duration.milliseconds(100)

        /// The default times.
        public init() {}
    }

    /// Bounds of the parser.
    public var parser = ParserLimits()
    /// Time-outs.
    public var timeouts = Timeouts()
    /// Connections at once over all loops; 0 = no bound. Above: 503 and close.
    public var connectionsMax = 12_000
    /// Connections at once from one address; 0 = no bound. Above: 503 and close.
    public var connectionsPerSourceMax = 512
    /// Requests served by one connection; the last one says `Connection: close`.
    public var requestsPerConnectionMax = 10_000
    /// Octets waiting to be sent above which no further request of that connection is looked at.
    public var writeBufferMax = 256 * 1024
    /// Octets that arrived behind a request in work above which no more are read. One read may exceed it.
    public var readAheadMax = 16 * 1024
    /// The longest body that is read and dropped behind a refusal; a longer one ends the connection.
    public var discardMax = 64 * 1024
    /// Where bodies that are too long for memory wait for their handler; made where it is missing and a route needs it.
    /// One file system with where uploads are moved to.
    public var spoolDirectory = "/var/tmp/mve-uploads"
    /// Octets that may wait there at once. Above: 503.
    public var spoolMax = 1024 * 1024 * 1024
    /// The shortest body that is sent in gzip where the client likes it; `Int.max`: none.
    public var gzipMin = 1024
    /// The longest one: it is coded at once, and the loop does nothing else for some 3 ms.
    public var gzipMax = 256 * 1024
    /// Octets of bodies that a loop holds in memory at once, of requests that are not answered yet. Above: 503 and close.
    public var bodiesInMemoryMax = 256 * 1024 * 1024
    /// Fields of every answer.
    public var fixedHeaders: [HTTPHeader] = [
        HTTPHeader("X-Content-Type-Options", "nosniff"),
        HTTPHeader("Referrer-Policy", "no-referrer"),
        HTTPHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]
    /// Cache-Control of answers that set none.
    public var defaultCacheControl = "private, no-store"
    /// `Strict-Transport-Security` of answers to requests that came by TLS, to us or to our own proxy; nil: none. Others never
    /// have the field (RFC 6797 §7.2).
    public var strictTransport: String?
    /// Pages of which other origins may read answers; nil: none.
    public var crossOrigin: CrossOriginPolicy?
    /// The languages in which problems are told; nil: as they are written, whatever the client asks for.
    public var problemLanguages: ProblemLanguages?
    /// Answers what the server refuses without its handler, on the loop, instead of a problem document; must not block. For
    /// servers whose protocol has a form of its own for refusals. nil: problem documents.
    public var refusal: (@Sendable (RefusedRequest) -> HTTPResponse)?
    /// Tells our own proxies by their address: exempt from the bound per source, believed about X-Forwarded-For and
    /// X-Forwarded-Proto.
    public var isTrustedProxy: @Sendable (String) -> Bool = { _ in false }
    /// Makes the port speak TLS and nothing else. nil: plain HTTP.
    public var tls: TLSIdentity?
    /// Told about every answer, on the loop; must not block. nil: no access log.
    public var accessLog: (@Sendable (AccessRecord) -> Void)?
    /// Where failures of handlers and of the server itself go.
    public var logger: Logger

    /// The default configuration.
    public init(logger: Logger) {
        self.logger = logger
    }
}

/// One answered request, for the access log.
public struct AccessRecord: Sendable {
    /// Names the request.
    public let requestID: RequestID
    /// nil for a request that never became one.
    public let method: HTTPMethod?
    /// The path as routed; empty for a request that never became one.
    public let path: String
    /// The route's name; empty when none was found.
    public let route: String
    /// The status code of the answer.
    public let status: Int
    /// Octets of the answer, head included.
    public let bytesSent: Int
    /// From the complete head to the complete answer.
    public let duration: Duration
    /// The connection's other end.
    public let peer: Peer
    /// The client's address: the peer's, or what our own proxies say in X-Forwarded-For.
    public let client: String
    /// Its place in a trace.
    public let trace: TraceContext
}

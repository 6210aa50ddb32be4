// SPDX-License-Identifier: Apache-2.0
public import Logging

/// How to reach the database and how its sessions behave.
public struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// A libpq URI or conninfo string; holds the password, so it is never printed.
    public var url: String
    /// Shown in `pg_stat_activity`.
    public var applicationName = "mve"
    /// From the start of a connection until its session is set up.
    public var connectTimeout: Duration = .seconds(5)
    /// The server cancels a statement after this (57014).
    public var statementTimeout: Duration = .seconds(10)
    /// The server gives up waiting for one lock after this (55P03).
    public var lockTimeout: Duration = .seconds(3)
    /// The server ends a session that idles inside a transaction for this long.
    public var idleInTransactionTimeout: Duration = .seconds(15)
    /// Added to `statementTimeout` for the client's own deadline, past which the connection is closed; normally the
    /// server's time-out comes first and the connection survives.
    public var deadlineSlack: Duration = .seconds(1)
    /// Insist on the primary (`target_session_attrs=read-write`).
    public var requiresPrimary = true
    /// Sessions refuse writes (25006).
    public var isReadOnly = false
    /// The bounds.
    public var limits = PostgresLimits()
    /// Gets connection losses and notices; never a value.
    public var logger: Logger

    /// States the address; everything else has a default.
    public init(url: String, logger: Logger = Logger(label: "mve.postgres")) {
        self.url = url
        self.logger = logger
    }

    /// Without values and addresses: safe for logs.
    public var description: String { "PostgresConfiguration(\(applicationName))" }
    /// The same as `description`.
    public var debugDescription: String { description }

    var statementDeadline: Duration { statementTimeout + deadlineSlack }
}

extension PostgresConfiguration: CustomReflectable {
    /// Hides the address from `dump` too.
    public var customMirror: Mirror { Mirror(self, children: ["applicationName": applicationName]) }
}

/// Every bound of the client, with its reason.
public struct PostgresLimits: Sendable {
    /// Connections of a pool for writes and transactions: more than 8 to 16 a database only add CPU, and each loop of
    /// each process has its own.
    public var connections = 4
    /// Connections of a pool that share pipelined reads; the second keeps a slow read from stopping the others.
    public var readConnections = 2
    /// Callers that may wait for a connection; past it they get `.overloaded`.
    public var waiters = 1024
    /// How long they wait before `.acquireTimeout`; a client has given up soon after.
    public var acquireTimeout: Duration = .seconds(2)
    /// Statements in flight on one connection; past it `.overloaded`.
    public var pipelineDepth = 256
    /// Behind a statement that takes longer nothing more is sent (`PostgresPipeline`): it waits for somebody's lock or for a disk that
    /// hangs, and is longer than a batch of ours takes. Less than the mailboxes' patience: what flies for that is not to land behind it.
    public var pipelinePatience: Duration = .milliseconds(50)
    /// Prepared statements kept per connection (about 10 kB each in the server); the least recently used one goes.
    public var preparedStatements = 256
    /// Bytes of the parameters of one statement; PostgreSQL's own limit is 1 GB a message.
    public var requestBytes = 64 << 20
    /// Rows of one result.
    public var resultRows = 1_000_000
    /// Bytes of one result; a larger one is stopped while it arrives by closing the connection.
    public var resultBytes = 64 << 20
    /// First pause after a failed connection; doubles, with jitter (50 to 100 % of it).
    public var reconnectDelayMin: Duration = .milliseconds(50)
    /// The pause's maximum: a database that comes back is found within it, and connected to within five seconds in all.
    public var reconnectDelayMax: Duration = .seconds(2)

    /// The defaults.
    public init() {}
}

/// Pauses between attempts: doubling, bounded, spread so that many processes do not return at once.
struct BackOff {
    let minimum: Duration
    let maximum: Duration
    private(set) var failures = 0

    init(_ limits: PostgresLimits) {
        minimum = limits.reconnectDelayMin
        maximum = limits.reconnectDelayMax
    }

    init(minimum: Duration, maximum: Duration) {
        self.minimum = minimum
        self.maximum = maximum
    }

    mutating func succeeded() { failures = 0 }

    /// The pause before the next attempt: 50 to 100 % of the doubled minimum.
    mutating func failed(using generator: inout some RandomNumberGenerator) -> Duration {
        let doubled = minimum * (1 << min(failures, 20))
        failures += 1
        let full = min(doubled, maximum)
        return full * Double.random(in: 0.5...1, using: &generator)
    }
}

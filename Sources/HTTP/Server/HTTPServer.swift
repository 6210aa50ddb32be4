// SPDX-License-Identifier: Apache-2.0

public import UVRuntime

/// A strict HTTP/1.1 server: one listener per loop on one port, handlers on the loop of their connection.
///
/// ```swift
/// let server = try await HTTPServer.start(
///     on: SocketAddress(host: "127.0.0.1", port: 8000)!, loops: group.loops,
///     router: Router(routes), configuration: HTTPServerConfiguration(logger: logger))
/// print("listening on", server.address)
/// …
/// try await server.drain(limit: .seconds(10))
/// ```
/// - Limits: those of `HTTPServerConfiguration`; every one is a refusal, never a longer queue.
/// - Isolation: callable from anywhere.
public final class HTTPServer: Sendable {
    /// Where it listens, with the port that the system chose.
    public let address: SocketAddress
    private let shares: [LoopServer]
    private let census: ConnectionCensus

    private init(address: SocketAddress, shares: [LoopServer], census: ConnectionCensus) {
        self.address = address
        self.shares = shares
        self.census = census
    }

    /// Binds and starts to answer.
    ///
    /// - Parameters:
    ///   - address: port 0 lets the system choose; all loops share the chosen one.
    ///   - bounds: those of all servers of the process together; nil: this one has bounds of its own.
    /// - Throws: `UVError` when the address cannot be bound (EADDRINUSE, EACCES …), `SpoolError` when a route needs the
    ///   directory for long bodies and it cannot be used; nothing listens then.
    public static func start(
        on address: SocketAddress, loops: [EventLoop], router: Router, configuration: HTTPServerConfiguration,
        bounds: HTTPServerBounds? = nil
    ) async throws -> HTTPServer {
        precondition(!loops.isEmpty, "a server needs a loop")
        let bounds = bounds ?? HTTPServerBounds(configuration)
        let (census, spool) = (bounds.census, bounds.spool)
        if router.spoolsBodies { try await loops[0].run { try await loops[0].offload { try spool.prepare() } } }
        var bound = address
        var shares: [LoopServer] = []
        do {
            for loop in loops {
                let wanted = bound
                let (share, actual) = try await loop.run {
                    let share = LoopServer(
                        loop: loop, configuration: configuration, router: router, census: census,
                        spool: spool)
                    return (share, try share.open(wanted))
                }
                bound = actual
                shares.append(share)
            }
        } catch {
            await Self.drain(shares, limit: .zero)
            throw error
        }
        return HTTPServer(address: bound, shares: shares, census: census)
    }

    /// Connections at present, of all servers that share its bounds.
    public var connectionCount: Int { census.total }

    /// Stops accepting, closes idle connections, answers the requests that have begun, then closes what is left.
    ///
    /// - Parameter limit: how long those requests may take.
    public func drain(limit: Duration = .seconds(10)) async {
        await Self.drain(shares, limit: limit)
    }

    private static func drain(_ shares: [LoopServer], limit: Duration) async {
        // One task per loop, so that the limit counts once and not once per loop. A loop that has ended has no
        // connections: its error says nothing.
        await withTaskGroup(of: Void.self) { group in
            for share in shares {
                group.addTask { try? await share.loop.run { try await share.drain(limit: limit) } }
            }
        }
    }
}

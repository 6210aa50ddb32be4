// SPDX-License-Identifier: Apache-2.0

/// What servers count together: connections, in all and by their source, and what waits on the disk.
///
/// ```swift
/// let bounds = HTTPServerBounds(configuration)
/// for loop in loops {
///     servers.append(try await HTTPServer.start(
///         on: address, loops: [loop], router: routers[loop], configuration: configuration, bounds: bounds))
/// }
/// ```
public struct HTTPServerBounds: Sendable {
    let census: ConnectionCensus
    let spool: SpoolDirectory

    /// The bounds of a configuration; the servers that share them have them all.
    public init(_ configuration: HTTPServerConfiguration) {
        census = ConnectionCensus(
            totalMax: configuration.connectionsMax, sourceMax: configuration.connectionsPerSourceMax)
        spool = SpoolDirectory(path: configuration.spoolDirectory, bytesMax: configuration.spoolMax)
    }

    /// Connections at present.
    public var connectionCount: Int { census.total }
}

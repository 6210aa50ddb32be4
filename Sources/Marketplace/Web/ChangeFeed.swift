// SPDX-License-Identifier: Apache-2.0
import Logging
public import MarketCore
public import Postgres
public import UVRuntime

/// Hears what other processes changed, and when news may have been missed.
///
/// - Isolation: both callbacks run on the loop and must not block.
public struct ChangeFeed: Sendable {
    private let listener: PostgresListener

    /// Makes a feed that does nothing until `start()`.
    ///
    /// - Parameters:
    ///   - configuration: a direct or session-pooled connection; the feed takes one.
    ///   - own: this process's worker number, whose news are not told.
    ///   - missed: called after each (re)LISTEN, the first included: everything that memory holds may be old.
    ///   - changed: nil variants: any of them.
    public init(
        configuration: PostgresConfiguration, loop: EventLoop, own: Int, missed: @escaping @Sendable () -> Void,
        changed: @escaping @Sendable (SharedChange, [VariantID]?) -> Void
    ) {
        var settings = configuration
        settings.applicationName = Self.applicationName
        let logger = settings.logger
        listener = PostgresListener(
            configuration: settings, loop: loop, channels: SharedChange.allCases.map(\.rawValue), onStale: missed
        ) { notification in
            guard let change = SharedChange(rawValue: notification.channel) else { return }
            guard let message = ChangeMessage(payload: notification.payload) else {
                // Not ours to read, but something changed.
                logger.warning("a notification cannot be read", metadata: ["channel": "\(change.rawValue)"])
                return changed(change, nil)
            }
            if message.sender != own { changed(change, message.variants) }
        }
    }

    /// Shown in `pg_stat_activity`.
    public static let applicationName = "mve-listener"

    /// Connects, in the background, until `stop()`.
    public func start() async {
        await listener.start()
    }

    /// Closes the connection.
    public func stop() async {
        await listener.stop()
    }

    /// Whether news arrive now.
    public var isListening: Bool {
        get async { await listener.isListening }
    }
}

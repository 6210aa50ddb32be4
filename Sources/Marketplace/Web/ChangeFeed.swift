// SPDX-License-Identifier: Apache-2.0
import Logging
public import Postgres
public import UVRuntime

/// Hears what other processes changed, and when news may have been missed.
///
/// - Isolation: the callbacks run on the loop and must not block.
public struct ChangeFeed: Sendable {
    private let listener: PostgresListener

    /// Makes a feed that does nothing until `start()`.
    ///
    /// - Parameters:
    ///   - configuration: a direct or session-pooled connection; the feed takes one.
    ///   - own: this process's worker number, whose news are not told.
    ///   - missed: called after each (re)LISTEN, the first included: everything that memory holds may be old.
    ///   - lost: called when nothing is heard any more, until `missed` is called again.
    ///   - heard: called four times a second while news arrive: whatever was committed so long ago has been told of, if it is told of
    ///     with its commit.
    ///   - changed: another process said so.
    public init(
        configuration: PostgresConfiguration, loop: EventLoop, own: Int, missed: @escaping @Sendable () -> Void,
        lost: @escaping @Sendable () -> Void = {}, heard: @escaping @Sendable (Duration) -> Void = { _ in },
        changed: @escaping @Sendable (SharedChange) -> Void
    ) {
        var settings = configuration
        settings.applicationName = Self.applicationName
        let logger = settings.logger
        listener = PostgresListener(
            configuration: settings, loop: loop, channels: SharedChange.Kind.allCases.map(\.rawValue),
            heartbeat: Self.heartbeat, onStale: missed, onLost: lost, onHeard: heard
        ) { notification in
            guard let kind = SharedChange.Kind(rawValue: notification.channel) else { return }
            guard let message = ChangeMessage(payload: notification.payload) else {
                // Not ours to read, but something changed.
                logger.warning("a notification cannot be read", metadata: ["channel": "\(kind.rawValue)"])
                return changed(SharedChange(kind, rows: nil))
            }
            if message.sender != own { changed(SharedChange(kind, rows: message.rows)) }
        }
    }

    /// What was heard up to one heartbeat is known with the next: twice of this, and the answer's way, stay well under the second that
    /// a user's state may be old (``UserStates/ageMax``).
    static let heartbeat: Duration = .milliseconds(250)

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

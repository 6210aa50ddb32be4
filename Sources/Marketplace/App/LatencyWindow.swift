// SPDX-License-Identifier: Apache-2.0
import Prometheus
import UVRuntime

/// How long the requests of the last minute took: the histogram of all that were, less what it was a minute ago.
///
/// - Isolation: an actor on the first loop.
final actor LatencyWindow: LoopActor {
    nonisolated let executor: LoopExecutor
    private let read: @Sendable () -> HistogramReading?
    /// The oldest first.
    private var earlier: [HistogramReading] = []

    /// Between two moments that are remembered.
    static let pause = Duration.seconds(15)
    /// Remembered moments: the oldest is between 45 and 60 seconds ago.
    private static let momentsMax = 4
    /// Routes that answer when something happens, and not as soon as they can.
    static let waitingRoutes: Set<String> = ["orders.status", "notifications.stream"]

    /// - Parameter read: the histogram as it is now; nil where nothing was measured.
    init(executor: LoopExecutor, read: @escaping @Sendable () -> HistogramReading?) {
        self.executor = executor
        self.read = read
    }

    /// Over the requests that this process answers.
    static func ofRequests(executor: LoopExecutor) -> LatencyWindow {
        LatencyWindow(executor: executor) {
            ShopMetrics.registry.histogram("mve_http_request_duration_seconds") { labels in
                waitingRoutes.isDisjoint(with: labels)
            }
        }
    }

    /// Remembers how it is now.
    func remember() {
        guard let now = read() else { return }
        earlier.append(now)
        if earlier.count > Self.momentsMax { earlier.removeFirst() }
    }

    /// What came within the last minute, or since the start; nil where nothing was measured.
    func recent() -> HistogramReading? {
        guard let now = read() else { return nil }
        return earlier.first.map(now.since) ?? now
    }
}

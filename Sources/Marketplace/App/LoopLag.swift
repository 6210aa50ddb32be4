// SPDX-License-Identifier: Apache-2.0
import Metrics
import UVRuntime

/// Measures how late the timers of a loop come: what a handler that computes too long does to all others.
///
/// - Isolation: an actor on the loop that it measures.
final actor LoopLag: LoopActor {
    nonisolated let executor: LoopExecutor
    private let gauge: Gauge
    private let interval: Duration
    /// The last ones; their greatest is shown, so that a scrape every 15 seconds misses none.
    private var lags: [Double]
    private var next = 0
    private var last: UInt64

    /// Often enough to notice, too seldom to be noticed.
    static let interval = Duration.milliseconds(500)
    private static let window = 30

    /// - Parameter number: the loop's, from 0.
    init(executor: LoopExecutor, number: Int, now: UInt64, interval: Duration = interval) {
        self.executor = executor
        self.interval = interval
        gauge = Gauge(label: "mve_loop_lag_seconds", dimensions: [("loop", "\(number)")])
        lags = Array(repeating: 0, count: Self.window)
        last = now
    }

    /// Starts to measure. On the loop.
    nonisolated func start(on loop: EventLoop) {
        _ = loop.schedule(every: interval) { self.assumeIsolated { _ = $0.tick(at: loop.now) } }
    }

    /// A timer came; returns what is shown, in seconds.
    @discardableResult
    func tick(at now: UInt64) -> Double {
        let late = now &- last
        last = now
        let expected = interval.wholeMilliseconds &* 1_000_000
        lags[next] = late > expected ? Double(late - expected) / 1e9 : 0
        next = (next + 1) % lags.count
        let shown = lags.max() ?? 0
        gauge.record(shown)
        return shown
    }
}

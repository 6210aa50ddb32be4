// SPDX-License-Identifier: Apache-2.0

/// How throughput and latency went while a run was measured, interval by interval.
struct Timeline: Sendable {
    /// One interval, usually a second.
    struct Point: Sendable, Equatable {
        /// Measured nanoseconds at its end.
        let at: UInt64
        /// A second.
        let ok, refused, failed: Double
        /// Microseconds; nil when nothing was ok.
        let p50, p99: UInt64?
    }

    /// Intervals shorter than this are added to the next one: the last round of a run may be a few requests.
    private static let intervalMin: UInt64 = 100_000_000

    private(set) var points: [Point] = []
    private var begin: UInt64 = 0
    private var tally = Tally()

    mutating func add(_ verdict: Verdict) {
        tally.add(verdict)
    }

    /// - Parameter elapsed: nanoseconds that were measured so far.
    mutating func endInterval(at elapsed: UInt64) {
        guard elapsed >= begin + Self.intervalMin else { return }
        let seconds = Double(elapsed - begin) / 1e9
        points.append(
            Point(
                at: elapsed, ok: Double(tally.ok) / seconds, refused: Double(tally.refused) / seconds,
                failed: Double(tally.failed) / seconds, p50: tally.latencies.p50, p99: tally.latencies.p99))
        begin = elapsed
        tally = Tally()
    }
}

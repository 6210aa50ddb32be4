// SPDX-License-Identifier: Apache-2.0
import Histogram

/// Latencies in microseconds, to three significant digits, from 1 µs to two minutes (longer ones count as two minutes).
struct LatencyHistogram: Sendable {
    private static let highest: UInt64 = 120_000_000
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.highest, numberOfSignificantValueDigits: .three)

    /// Adds one.
    mutating func record(nanoseconds: UInt64) {
        histogram.record(min(max(1, (nanoseconds + 500) / 1000), Self.highest))
    }

    /// How many there are.
    var count: UInt64 { histogram.totalCount }

    /// What the report shows; nil when there are none.
    var summary: LatencySummary? {
        guard count > 0 else { return nil }
        return LatencySummary(
            p50: histogram.valueAtPercentile(50), p90: histogram.valueAtPercentile(90),
            p99: histogram.valueAtPercentile(99), p999: histogram.valueAtPercentile(99.9),
            max: histogram.maxRecorded)
    }

    /// The median so far.
    var p50: UInt64? { count > 0 ? histogram.valueAtPercentile(50) : nil }
    /// The 99th percentile so far.
    var p99: UInt64? { count > 0 ? histogram.valueAtPercentile(99) : nil }
}

/// Percentiles in microseconds.
struct LatencySummary: Equatable, Sendable {
    var p50, p90, p99, p999, max: UInt64
}

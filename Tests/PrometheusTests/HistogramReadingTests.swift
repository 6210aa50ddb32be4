// SPDX-License-Identifier: Apache-2.0
import Metrics
import Prometheus
import Testing

@Suite struct HistogramReadingTests {
    @Test(
        arguments: [
            (0.5, [0, 0, 0, 0], nil), (0.5, [4, 0, 0, 0], 0.5), (0.5, [1, 1, 0, 0], 1.0),
            (0.5, [1, 3, 0, 0], 1.0 + 1.0 / 3),
            (0.99, [0, 0, 100, 0], 3.98), (0.5, [0, 0, 0, 7], 4.0), (0.99, [98, 0, 0, 2], 4.0),
            (1.0, [0, 5, 0, 0], 2.0),
        ] as [(Double, [Int64], Double?)])
    func quantilesLieWithinTheirBuckets(share: Double, counts: [Int64], expected: Double?) {
        let found = HistogramReading(bounds: [1, 2, 4], counts: counts).quantile(share)
        #expect((found == nil) == (expected == nil))
        if let found, let expected { #expect(abs(found - expected) < 1e-9, "\(found)") }
    }

    @Test func whatCameSinceIsTheDifference() {
        let before = HistogramReading(bounds: [1], counts: [3, 1])
        #expect(HistogramReading(bounds: [1], counts: [5, 1]).since(before).counts == [2, 0])
        #expect(
            HistogramReading(bounds: [2], counts: [5, 1]).since(before).counts == [5, 1], "other buckets say nothing")
    }

    @Test func theSeriesOfAFamilyAreSummed() {
        let registry = PrometheusRegistry([
            MetricFamily("t_duration_seconds", .seconds([0.001, 0.5]), "How long.", labels: ["route"]),
            MetricFamily("t_open", .gauge, "Open ones."),
        ])
        #expect(registry.histogram("t_duration_seconds") == nil)
        for (route, nanoseconds) in [("a", 1_000), ("b", 2_000_000), ("c", 900_000_000)] {
            Metrics.Timer(label: "t_duration_seconds", dimensions: [("route", route)], factory: registry)
                .recordNanoseconds(Int64(nanoseconds))
        }
        Meter(label: "t_open", factory: registry).set(1)
        #expect(registry.histogram("t_duration_seconds")?.counts == [1, 1, 1])
        #expect(registry.histogram("t_duration_seconds")?.bounds == [0.001, 0.5])
        #expect(registry.histogram("t_duration_seconds") { $0 != ["c"] }?.counts == [1, 1, 0])
        #expect(registry.histogram("t_open") == nil && registry.histogram("t_none") == nil)
    }
}

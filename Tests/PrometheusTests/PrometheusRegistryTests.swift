// SPDX-License-Identifier: Apache-2.0
import Metrics
import Testing

@testable import Prometheus

@Suite struct PrometheusRegistryTests {
    private static let families = [
        MetricFamily("t_requests_total", .counter, "Requests.", labels: ["route", "status"], seriesMax: 3),
        MetricFamily("t_open", .gauge, "Open ones."),
        MetricFamily("t_duration_seconds", .seconds([0.001, 0.5, 1]), "How long.", labels: ["route"]),
        MetricFamily("t_size", .numbers([1, 10]), "How many."),
    ]

    private static func text(_ registry: PrometheusRegistry) -> String {
        String(decoding: registry.text(), as: UTF8.self)
    }

    @Test func showsEachKindAsPrometheusWantsIt() {
        let registry = PrometheusRegistry(Self.families)
        let requests = Counter(
            label: "t_requests_total", dimensions: [("route", "a"), ("status", "200")], factory: registry)
        requests.increment()
        requests.increment(by: 41)
        requests.increment(by: -5)
        Meter(label: "t_open", factory: registry).increment(by: 2.5)
        let duration = Metrics.Timer(label: "t_duration_seconds", dimensions: [("route", "a")], factory: registry)
        for nanoseconds in [1_000_000, 1_000_001, 500_000_000, 2_000_000_000] {
            duration.recordNanoseconds(nanoseconds)
        }
        let size = Recorder(label: "t_size", factory: registry)
        for value in [1, 2, 10, 11] { size.record(value) }
        size.record(2.4)
        #expect(
            Self.text(registry) == """
                # HELP t_requests_total Requests.
                # TYPE t_requests_total counter
                t_requests_total{route="a",status="200"} 42
                # HELP t_open Open ones.
                # TYPE t_open gauge
                t_open 2.5
                # HELP t_duration_seconds How long.
                # TYPE t_duration_seconds histogram
                t_duration_seconds_bucket{route="a",le="0.001"} 1
                t_duration_seconds_bucket{route="a",le="0.5"} 3
                t_duration_seconds_bucket{route="a",le="1"} 3
                t_duration_seconds_bucket{route="a",le="+Inf"} 4
                t_duration_seconds_sum{route="a"} 2.502000001
                t_duration_seconds_count{route="a"} 4
                # HELP t_size How many.
                # TYPE t_size histogram
                t_size_bucket{le="1"} 1
                t_size_bucket{le="10"} 4
                t_size_bucket{le="+Inf"} 5
                t_size_sum 26
                t_size_count 5

                """)
        #expect(registry.strangers.isEmpty)
    }

    @Test func whoeverAsksForASeriesGetsTheSameOne() {
        let registry = PrometheusRegistry(Self.families)
        for _ in 0..<3 { Meter(label: "t_open", factory: registry).increment() }
        Meter(label: "t_open", factory: registry).decrement()
        Gauge(label: "t_open", factory: registry).record(Self.text(registry).contains("t_open 2\n") ? 7 : 0)
        #expect(Self.text(registry).contains("t_open 7\n"))
    }

    @Test func seriesPastTheBoundAreCountedTogether() {
        let registry = PrometheusRegistry(Self.families)
        for number in 0..<10 {
            Counter(
                label: "t_requests_total", dimensions: [("route", "r\(number)"), ("status", "200")], factory: registry
            ).increment()
        }
        let lines = Self.text(registry).split(separator: "\n").filter { $0.hasPrefix("t_requests_total{") }
        #expect(lines.count == 4)
        #expect(lines.last == "t_requests_total{route=\"other\",status=\"other\"} 7")
    }

    @Test func whatWasNotAnnouncedIsNamedAndNotShown() {
        let registry = PrometheusRegistry(Self.families)
        Counter(label: "t_unknown", factory: registry).increment()
        Counter(label: "t_open", factory: registry).increment()
        Counter(label: "t_requests_total", dimensions: [("route", "a")], factory: registry).increment()
        Metrics.Timer(label: "t_size", factory: registry).recordNanoseconds(1)
        #expect(registry.strangers == ["t_unknown", "t_open", "t_requests_total", "t_size"])
        let shown = Self.text(registry).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(shown.isEmpty)
    }

    @Test func labelsAndTextsAreEscaped() {
        let registry = PrometheusRegistry([
            MetricFamily("t_odd_total", .counter, "One \\ line\nand \"another\".", labels: ["what"])
        ])
        Counter(label: "t_odd_total", dimensions: [("what", "a\\b\"c\nd é")], factory: registry).increment()
        #expect(
            Self.text(registry) == """
                # HELP t_odd_total One \\\\ line\\nand "another".
                # TYPE t_odd_total counter
                t_odd_total{what="a\\\\b\\"c\\nd é"} 1

                """)
    }

    @Test(
        "numbers",
        arguments: [
            (0, "0"), (-1, "-1"), (0.25, "0.25"), (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (1e20, "1e+20"), (123_456_789_012, "123456789012"), (1e-7, "1e-07"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test func manyThreadsLoseNothing() async {
        let registry = PrometheusRegistry(Self.families)
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask { @concurrent in
                    let open = Meter(label: "t_open", factory: registry)
                    let size = Recorder(label: "t_size", factory: registry)
                    for _ in 0..<10_000 {
                        open.increment()
                        size.record(3)
                    }
                }
            }
        }
        let text = Self.text(registry)
        #expect(text.contains("t_open 80000\n"))
        #expect(text.contains("t_size_sum 240000\n"))
        #expect(text.contains("t_size_count 80000\n"))
    }
}

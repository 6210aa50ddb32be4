// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import bench

struct PlotTests {
    private static let points = [
        Timeline.Point(at: 1_000_000_000, ok: 900, refused: 0, failed: 0, p50: 1_200, p99: 9_000),
        Timeline.Point(at: 2_000_000_000, ok: 1800, refused: 20, failed: 0, p50: nil, p99: nil),
        Timeline.Point(at: 2_500_000_000, ok: 1000, refused: 0, failed: 0, p50: 1_000, p99: 4_000),
    ]

    @Test func drawsALineForEachThatIsNotAlwaysZero() {
        let svg = Plot(title: "a < b & c", points: Self.points).svg
        #expect(svg.hasPrefix("<svg xmlns="))
        #expect(svg.hasSuffix("</svg>\n"))
        #expect(svg.contains("a &lt; b &amp; c"))
        // ok, refused, p50 and p99, and no errors.
        #expect(svg.split(separator: "<polyline").count - 1 == 4)
        #expect(!svg.contains(">errors</text>"))
        // The second's latency is unknown and no zero.
        let p99 = svg.split(separator: "\n").last { $0.hasPrefix("<polyline") }
        #expect(p99?.split(separator: ",").count == 3)
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test func nothingIsDrawnOfNothing() {
        let svg = Plot(title: "", points: []).svg
        #expect(!svg.contains("<polyline"))
    }

    @Test(arguments: [(0.0, 1.0), (1, 1), (1.5, 2), (3, 5), (9.9, 10), (0.03, 0.05), (18_000, 20_000)])
    func axesEndAtRoundNumbers(_ value: Double, _ ceiling: Double) {
        #expect(abs(Plot.ceiling(value) - ceiling) < 1e-9)
    }

    @Test func aTimelineCutsTheRunIntoIntervals() {
        var timeline = Timeline()
        let answer = ResponseParser.Answer(status: 200, body: [], keepsAlive: true)
        for _ in 0..<10 {
            timeline.add(.ok(Exchange(answer: answer, sentAt: 0, receivedAt: 2_000_000), since: .max))
        }
        timeline.endInterval(at: 50_000_000)
        #expect(timeline.points.isEmpty)
        timeline.add(.refused("x"))
        timeline.endInterval(at: 500_000_000)
        timeline.endInterval(at: 1_000_000_000)
        #expect(timeline.points.count == 2)
        #expect((timeline.points[0].ok, timeline.points[0].refused) == (20, 2))
        #expect((timeline.points[1].ok, timeline.points[1].p99) == (0, nil))
    }

    @Test func anEarlierReportStandsBesideThisOne() throws {
        var report = BenchReport(
            scenario: "x", startedAt: Timestamp(seconds: 0), cores: 2, model: nil, settings: [],
            measured: 1_000_000_000, requests: 100, ok: 100, refused: 0, errors: 0,
            latency: LatencySummary(p50: 1, p90: 2, p99: 3, p999: 4, max: 5), ownSeconds: 0.1, serverSeconds: nil,
            postgresSeconds: nil, residentIdle: nil, residentMax: nil, reconciled: true, mismatches: [])
        let old = Comparison(try JSONDocument(parsing: report.jsonBytes()).root)
        report.ok = 150
        report.control = .init(name: "elsewhere", perSecond: 50)
        let table = old.table(report)
        #expect(table.contains("per_second                      100 → 150  × 1.50\n"))
        #expect(table.contains("errors                          0 → 0\n"))
        #expect(!table.contains("rss_bytes") && !table.contains("control.ratio"))
        let json = try JSONDocument(parsing: report.jsonBytes()).root
        #expect(json["control"]?["ratio"]?.numberText == "3")
    }
}

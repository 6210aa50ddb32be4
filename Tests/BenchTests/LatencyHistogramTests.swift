// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import bench

struct LatencyHistogramTests {
    @Test func percentilesAreExactToThreeDigits() throws {
        var histogram = LatencyHistogram()
        for milliseconds in UInt64(1)...1000 { histogram.record(nanoseconds: milliseconds * 1_000_000) }
        let summary = try #require(histogram.summary)
        for (value, wanted) in [
            (summary.p50, 500_000.0), (summary.p90, 900_000), (summary.p99, 990_000), (summary.p999, 999_000),
            (summary.max, 1_000_000),
        ] {
            #expect(abs(Double(value) - wanted) / wanted < 0.001)
        }
        #expect(histogram.count == 1000)
    }

    @Test func ofNothingThereIsNoSummary() {
        #expect(LatencyHistogram().summary == nil)
        #expect(LatencyHistogram().p99 == nil)
    }

    @Test func whatIsOutsideTheRangeCountsAtItsEdge() throws {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: 0)
        histogram.record(nanoseconds: .max / 2)
        let summary = try #require(histogram.summary)
        #expect(histogram.count == 2)
        #expect(summary.p50 == 1)
        #expect(summary.max >= 119_000_000)
    }

    @Test func aTallyCountsKindsApartAndMeasuresOnlyWhatIsOK() {
        var tally = Tally()
        let answer = ResponseParser.Answer(status: 201, body: [], keepsAlive: true)
        tally.add(.ok(Exchange(answer: answer, sentAt: 5_000_000, receivedAt: 9_000_000), since: 2_000_000))
        tally.add(.refused("insufficient-stock"))
        tally.add(.refused("insufficient-stock"))
        tally.add(.failed("timeout"))
        #expect((tally.requests, tally.ok, tally.refused, tally.failed) == (4, 1, 2, 1))
        #expect(tally.refusals == ["insufficient-stock": 2])
        #expect(tally.latencies.count == 1)
        // From the intended start, not from the sending.
        #expect((6_990...7_010).contains(tally.latencies.summary?.max ?? 0))
    }

    @Test func arrivalsKeepTheirRateWhateverHappens() {
        var arrivals = Arrivals(rate: 400, from: 1_000)
        let starts = (0..<5).map { _ in arrivals.next() }
        #expect(starts == [1_000, 2_501_000, 5_001_000, 7_501_000, 10_001_000])
    }
}

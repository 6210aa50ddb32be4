// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import bench

struct LimitSearchTests {
    private static func report(_ ok: Int, p99: UInt64, errors: Int = 0, reconciled: Bool? = true) -> BenchReport {
        BenchReport(
            scenario: "x", startedAt: Timestamp(seconds: 0), cores: 2, model: nil, settings: [],
            measured: 1_000_000_000, requests: ok + errors, ok: ok, refused: 0, errors: errors,
            latency: LatencySummary(p50: 1, p90: 2, p99: p99, p999: p99, max: p99), ownSeconds: 0.1, serverSeconds: nil,
            postgresSeconds: nil, residentIdle: nil, residentMax: nil, reconciled: reconciled, mismatches: [])
    }

    @Test("halving ends close below what a server carries", arguments: [3.0, 120, 777, 999])
    func findsTheLimit(_ carried: Double) {
        var search = LimitSearch(ceiling: 1000, p99Max: 50_000)
        while let rate = search.next { search.note(rate <= carried, at: rate) }
        #expect(search.held <= carried)
        #expect(search.held >= carried * 0.94 - 2.2)
        #expect(search.steps <= LimitSearch.stepsMax)
    }

    @Test func aRateHoldsWhenAllIsAnsweredInTimeAndAddsUp() {
        let search = LimitSearch(ceiling: 1000, p99Max: 50_000)
        #expect(search.holds(Self.report(500, p99: 50_000), at: 500))
        #expect(search.holds(Self.report(500, p99: 1, reconciled: nil), at: 500))
        #expect(!search.holds(Self.report(500, p99: 50_001), at: 500))
        #expect(!search.holds(Self.report(450, p99: 1), at: 500))
        #expect(!search.holds(Self.report(500, p99: 1, errors: 1), at: 500))
        #expect(!search.holds(Self.report(500, p99: 1, reconciled: false), at: 500))
    }

    @Test func whatCarriesNothingHasTheLimitZero() {
        var search = LimitSearch(ceiling: 10, p99Max: 1)
        while let rate = search.next { search.note(false, at: rate) }
        #expect(search.held == 0)
    }
}

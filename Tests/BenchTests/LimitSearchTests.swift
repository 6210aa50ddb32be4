// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import bench

struct LimitSearchTests {
    private static func search(ceiling: Double = 1000) -> LimitSearch {
        LimitSearch(ceiling: ceiling, p99Max: 50_000, duration: 10_000_000_000)
    }

    /// A run of 10 s.
    private static func report(
        _ perSecond: Double, p99: UInt64 = 1, refused: Int = 0, errors: Int = 0, reconciled: Bool? = true,
        seconds: UInt64 = 10
    ) -> BenchReport {
        let ok = Int((perSecond * Double(seconds)).rounded(.up))
        return BenchReport(
            scenario: "x", startedAt: Timestamp(seconds: 0), cores: 2, model: nil, settings: [],
            measured: seconds * 1_000_000_000, requests: ok + refused + errors, ok: ok, refused: refused,
            errors: errors, latency: LatencySummary(p50: 1, p90: 1, p99: p99, p999: p99, max: p99), ownSeconds: 0.1,
            serverSeconds: nil, postgresSeconds: nil, residentIdle: nil, residentMax: nil, reconciled: reconciled,
            mismatches: [])
    }

    /// What a server answers at a rate that carries so much: what is too much is late.
    private static func answer(_ rate: Double, carried: Double) -> BenchReport {
        report(min(rate, carried), p99: rate <= carried ? 3000 : 800_000)
    }

    /// A whole search; runs of these numbers are disturbed.
    private static func searched(
        carrying carried: Double, ceiling: Double = 1000, disturbed: Set<Int> = [],
        by spike: (Double) -> BenchReport = { report($0, p99: 90_000) }
    ) -> LimitSearch {
        var search = search(ceiling: ceiling)
        while let rate = search.next {
            search.note(
                disturbed.contains(search.runs.count) ? spike(rate) : answer(rate, carried: carried), at: rate)
        }
        return search
    }

    private static func spike(_ shortfall: LimitShortfall, at rate: Double) -> BenchReport {
        switch shortfall {
        case .latency: report(rate, p99: 50_001)
        case .answered: report(rate * 0.9)
        case .refused: report(rate, refused: 1)
        case .errors: report(rate, errors: 1)
        case .reconciliation: report(rate, reconciled: false)
        case .duration: report(rate, seconds: 9)
        }
    }

    @Test("halving ends close below what a server carries", arguments: [3.0, 120, 777, 999])
    func findsTheLimit(_ carried: Double) {
        let search = Self.searched(carrying: carried)
        #expect(search.held <= carried)
        #expect(search.held >= carried * 0.94 - 2.2)
    }

    @Test("a closed loop that was disturbed is no bound", arguments: [1050.0, 1631, 4717])
    func doublesBeyondTheClosedLoop(_ carried: Double) {
        let search = Self.searched(carrying: carried)
        #expect(search.held <= carried)
        #expect(search.held >= carried * 0.94)
    }

    @Test func aRateHoldsWhenAllIsAnsweredInTimeAndAddsUp() {
        func shortfalls(_ report: BenchReport) -> [LimitShortfall] {
            LimitRun(report, at: 500, p99Max: 50_000, duration: 10_000_000_000).shortfalls
        }
        #expect(shortfalls(Self.report(500, p99: 50_000)) == [])
        #expect(shortfalls(Self.report(475, reconciled: nil)) == [])
        for shortfall in LimitShortfall.allCases { #expect(shortfalls(Self.spike(shortfall, at: 500)) == [shortfall]) }
        var silent = Self.report(500)
        silent.latency = nil
        #expect(shortfalls(silent) == [.latency])
        #expect(shortfalls(Self.report(474, p99: 50_001, errors: 2)) == [.latency, .answered, .errors])
    }

    @Test(
        "one disturbed run, whichever it is, lowers nothing",
        arguments: [LimitShortfall.latency, .answered, .refused], 0..<7)
    func oneSpikeLowersNothing(_ shortfall: LimitShortfall, _ run: Int) {
        let quiet = Self.searched(carrying: 777)
        let search = Self.searched(carrying: 777, disturbed: [run]) { Self.spike(shortfall, at: $0) }
        #expect(search.held == quiet.held)
        #expect(quiet.runs.count == 7 && search.runs.count >= 7)
    }

    @Test func aSpikeAtEveryRateLowersNothing() {
        var search = Self.search()
        while let rate = search.next {
            search.note(
                search.doubted == nil ? Self.report(rate, p99: 90_000) : Self.answer(rate, carried: 777), at: rate)
        }
        #expect(search.held == Self.searched(carrying: 777).held)
    }

    @Test func whatIsMissedTwiceIsGivenUp() {
        var search = Self.search()
        #expect(search.next == 550)
        #expect(search.note(Self.report(550, p99: 90_000), at: 550).outcome == .missed)
        #expect(search.next == 550)
        #expect(search.note(Self.report(550, refused: 1), at: 550).outcome == .missed)
        #expect(search.next == 275)
        // The first miss of another rate is a first one again.
        search.note(Self.report(275, p99: 90_000), at: 275)
        #expect(search.next == 275)
        #expect(search.note(Self.report(275), at: 275).outcome == .held)
        #expect(search.next == 412.5)
        #expect(search.runs.map(\.rate) == [550, 550, 275, 275])
        #expect(search.runs.map(\.outcome) == [.missed, .missed, .missed, .held])
    }

    @Test(
        "what no noise makes gives a rate up at once",
        arguments: [
            LimitShortfall.errors, .reconciliation, .duration,
        ])
    func whatIsBrokenIsNotMeasuredAgain(_ shortfall: LimitShortfall) {
        var search = Self.search()
        #expect(search.note(Self.spike(shortfall, at: 550), at: 550).outcome == .broken)
        #expect(search.next == 275)
        // Nor where it was late as well, or was missed before.
        var report = Self.spike(shortfall, at: 275)
        report.latency = nil
        #expect(search.note(report, at: 275).outcome == .broken)
        #expect(search.next == 137.5)
        search.note(Self.report(137.5, p99: 90_000), at: 137.5)
        search.note(Self.spike(shortfall, at: 137.5), at: 137.5)
        #expect(search.next == 68.75)
    }

    @Test("the runs have an end", arguments: [0, 1, 2, 3])
    func runsAreBounded(_ way: Int) {
        var search = Self.search(ceiling: 1_000_000)
        while let rate = search.next, search.runs.count <= LimitSearch.runsMax {
            let holds =
                switch way {
                case 0: false
                case 1: true
                case 2: search.doubted != nil
                default: search.doubted != nil && search.rates.isMultiple(of: 2)
                }
            search.note(Self.report(rate, p99: holds ? 1 : 90_000), at: rate)
        }
        #expect(search.next == nil)
        #expect(search.runs.count <= LimitSearch.runsMax)
        #expect(search.rates == LimitSearch.ratesMax || way == 3)
    }

    @Test func whatCarriesNothingHasTheLimitZero() {
        #expect(Self.searched(carrying: 0, ceiling: 10).held == 0)
        #expect(Self.searched(carrying: 0, ceiling: 0).runs.isEmpty)
    }

    @Test func theReportHasEveryRun() throws {
        var search = Self.search()
        search.note(Self.report(550, p99: 90_000), at: 550)
        var again = Self.report(550, p99: 3000)
        again.waitingEvents = 12
        search.note(again, at: 550)
        search.note(Self.report(825, errors: 3, reconciled: false), at: 825)
        var report = again
        report.limit = search.held
        report.limitRuns = search.runs
        let table = "\(ReportTable(result: .init(report: report, tally: Tally(), timeline: Timeline())))"
        let lines = table.split(separator: "\n").drop { !$0.hasPrefix("limit") }.prefix(4).map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(
            lines == [
                "limit 550.0 a second, after 3 runs",
                "550.0 a second missed (latency): 550.0 ok/s, p99 90.00 ms, 0 refused, 0 errors",
                "550.0 a second held: 550.0 ok/s, p99 3.00 ms, 0 refused, 0 errors, 12 events of runs before it waited",
                "825.0 a second broken (errors, reconciliation): 825.0 ok/s, p99 0.00 ms, 0 refused, 3 errors",
            ])
        let runs = try JSONDocument(parsing: report.jsonBytes()).root["limit_runs"]?.elements ?? []
        #expect(runs.map { $0["outcome"]?.string } == ["missed", "held", "broken"])
        #expect(runs.map { $0["p99_us"]?.int } == [90_000, 3000, 1])
        #expect(runs.map { $0["waiting_events"]?.int } == [nil, 12, nil])
        #expect(runs.map { $0["reconciled"]?.bool } == [true, true, false])
        #expect(runs.last?["shortfalls"]?.elements?.map(\.string) == ["errors", "reconciliation"])
    }
}

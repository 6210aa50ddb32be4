// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Glibc
import MarketCore
import Testing

@testable import bench

struct BenchCommandTests {
    private static func report(errors: Int = 0, reconciled: Bool? = nil) -> BenchReport {
        BenchReport(
            scenario: "x", startedAt: Timestamp(seconds: 0), cores: 2, model: nil, settings: [],
            measured: 2_000_000_000, requests: 10, ok: 10 - errors, refused: 0, errors: errors,
            latency: LatencySummary(p50: 1, p90: 2, p99: 3, p999: 4, max: 5), ownSeconds: 0.5, serverSeconds: 0.001,
            postgresSeconds: nil, residentIdle: nil, residentMax: nil, reconciled: reconciled, mismatches: [])
    }

    private static func judge(_ report: BenchReport, _ arguments: String...) throws {
        let scenario = try Scenario(
            parsing: Array(
                """
                {"name": "x", "kind": "hello", "description": "test", "path": "/",
                 "bars": [{"metric": "errors", "at_most": 0}]}
                """.utf8))
        try BenchCommand.parse(["x"] + arguments).judge(report, scenario)
    }

    @Test func endsWithOneForAMismatchAndForABarThatIsChecked() throws {
        try Self.judge(Self.report())
        try Self.judge(Self.report(reconciled: true), "--check")
        try Self.judge(Self.report(errors: 1))
        #expect(throws: ExitCode(1)) { try Self.judge(Self.report(errors: 1), "--check") }
        #expect(throws: ExitCode(1)) { try Self.judge(Self.report(reconciled: false)) }
    }

    @Test(arguments: [
        ["x", "--connections", "0"], ["x", "--duration", "0"], ["x", "--rate", "0"], ["x", "--rate", "fast"],
        ["x", "--requests", "0"], ["x", "--find-limit", "--rate", "5"], ["x", "--p99-max", "0"],
        ["x", "--control", "pgbench"],
        ["x", "--prepare", "0"], ["x", "--unknown", "1"], [],
    ])
    func refusesWhatItCannotDo(_ arguments: [String]) {
        #expect {
            try BenchCommand.parse(arguments)
        } throws: {
            BenchCommand.exitCode(for: $0) == .validationFailure
        }
    }

    @Test func theReportKnowsEveryNumberThatABarMayName() {
        let known = BenchReport.metrics.filter { Self.report().value(of: $0) != nil }
        #expect(
            known
                == BenchReport.metrics.filter {
                    ![
                        "cpu.postgres_us_per_request", "rss_bytes", "control.ratio", "limit_per_second", "p99_spread",
                    ].contains($0)
                })
        let report = Self.report()
        #expect(report.perSecond == 5)
        #expect(report.serverMicroseconds == 100)
        #expect(report.benchShare == 0.25)
    }

    @Test func processesAreSeenUntilTheyAreGone() {
        let own = getpid()
        #expect((ProcessUsage.residentBytes(own) ?? 0) > 1_000_000)
        #expect(ProcessUsage.processorSeconds(own) != nil)
        #expect(ProcessUsage.residentBytes(-1) == nil)
        #expect(ProcessUsage.processorSeconds(-1) == nil)
        // We are no backend of PostgreSQL.
        #expect(ProcessUsage.postmaster(ofBackend: own) == nil)
        var meter = UsageMeter(serverPID: own, postmasterPID: -1)
        meter.start()
        meter.stop()
        #expect(meter.server != nil)
        #expect(meter.postgres == nil)
        #expect(meter.residentMax != nil)
        #expect(!meter.isRunning)
    }
}

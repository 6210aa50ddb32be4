// SPDX-License-Identifier: Apache-2.0

/// The report for a person.
struct ReportTable: CustomStringConvertible {
    let result: Measurement.Result

    private static func milliseconds(_ microseconds: UInt64) -> String {
        Decimals.fixed(Double(microseconds) / 1000, digits: 3)
    }

    private static func line(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: max(1, 22 - name.count)) + value + "\n"
    }

    private static func counts(_ counts: [String: Int]) -> String {
        let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        return parts.isEmpty ? "" : " (" + parts.joined(separator: ", ") + ")"
    }

    private static func latencies(_ summary: LatencySummary?) -> String {
        guard let summary else { return "none" }
        return "p50 \(milliseconds(summary.p50))  p90 \(milliseconds(summary.p90))  p99 \(milliseconds(summary.p99))  "
            + "p99.9 \(milliseconds(summary.p999))  max \(milliseconds(summary.max)) ms"
    }

    var description: String {
        let report = result.report
        let unknown = "unknown"
        func micro(_ value: Double?) -> String {
            value.map { Decimals.fixed($0, digits: 1) + " µs a request" } ?? unknown
        }
        func megabytes(_ bytes: Int?) -> String {
            bytes.map { Decimals.fixed(Double($0) / 1_048_576, digits: 1) + " MiB" } ?? unknown
        }
        var text = Self.line("scenario", report.scenario)
        text += Self.line("measured", Decimals.fixed(Double(report.measured) / 1e9, digits: 2) + " s")
        if let limit = report.limit {
            let runs = report.limitRuns
            text += Self.line("limit", "\(Decimals.fixed(limit, digits: 1)) a second, after \(runs.count) runs")
            for run in runs { text += Self.line("  \(Decimals.fixed(run.rate, digits: 1)) a second", run.result) }
        }
        text += Self.line("requests", "\(report.requests)")
        text += Self.line("ok", "\(report.ok), \(Decimals.fixed(report.perSecond, digits: 1)) a second")
        let refused = report.refused > 0 ? ", \(Decimals.fixed(report.refusedPerSecond, digits: 1)) a second" : ""
        text += Self.line("refused", "\(report.refused)\(refused)" + Self.counts(result.tally.refusals))
        text += Self.line("errors", "\(report.errors)" + Self.counts(result.tally.errors))
        text += Self.line("latency", Self.latencies(report.latency))
        for part in report.parts {
            text += Self.line("\(part.name): ok", "\(part.tally.ok)")
            text += Self.line("\(part.name): refused", "\(part.tally.refused)" + Self.counts(part.tally.refusals))
            text += Self.line("\(part.name): errors", "\(part.tally.failed)" + Self.counts(part.tally.errors))
            text += Self.line("\(part.name): latency", Self.latencies(part.tally.latencies.summary))
        }
        text += Self.line(
            "generator", report.benchShare.map { Decimals.fixed($0 * 100, digits: 1) + " % of a core" } ?? unknown)
        if report.isLimitedByBench { text += Self.line("", "the generator itself was the limit") }
        text += Self.line("server", micro(report.serverMicroseconds))
        text += Self.line("postgres", micro(report.postgresMicroseconds))
        text += Self.line(
            "server's memory", "idle \(megabytes(report.residentIdle)), load \(megabytes(report.residentMax))")
        if let control = report.control, let ratio = report.ratio {
            text += Self.line(
                "control",
                "\(control.name) \(Decimals.fixed(control.perSecond, digits: 1)) a second, ratio \(Decimals.fixed(ratio, digits: 3))"
            )
        }
        if let reconciled = report.reconciled {
            text += Self.line("reconciled", reconciled ? "yes" : "NO")
            for mismatch in report.mismatches { text += "  " + mismatch + "\n" }
        }
        return text
    }
}

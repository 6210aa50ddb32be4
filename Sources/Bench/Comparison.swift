// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP

/// The numbers of an earlier report beside those of this one.
struct Comparison {
    /// By the names that bars use.
    private let old: [String: Double]
    private let scenario: String?
    private let startedAt: String?

    /// Reads what `--json` wrote.
    ///
    /// - Throws: `BenchError.usage`.
    static func load(_ path: String) throws -> Comparison {
        guard let data = FileManager.default.contents(atPath: path),
            let document = try? JSONDocument(parsing: Array(data)), document.root["scenario"]?.string != nil
        else { throw BenchError.usage("--compare: \(path) is no report of bench") }
        return Comparison(document.root)
    }

    init(_ report: JSONValue) {
        scenario = report["scenario"]?.string
        startedAt = report["started_at"]?.string
        var old: [String: Double] = [:]
        for metric in BenchReport.metrics {
            let value = metric.split(separator: ".").reduce(report as JSONValue?) { $0?[dynamic: String($1)] }
            old[metric] = value?.numberText.flatMap { Double($0) }
        }
        self.old = old
    }

    /// A line for each number that both have: then, now, and now in units of then.
    func table(_ report: BenchReport) -> String {
        var text = "compared with \(scenario ?? "?") of \(startedAt ?? "?")\n"
        if scenario != report.scenario { text += "  (another scenario)\n" }
        for metric in BenchReport.metrics {
            guard let then = old[metric], let now = report.value(of: metric) else { continue }
            let ratio = then == 0 ? "" : "  × " + Decimals.fixed(now / then, digits: 2)
            text +=
                metric + String(repeating: " ", count: max(1, 32 - metric.count)) + Decimals.text(then, digits: 1)
                + " → "
                + Decimals.text(now, digits: 1) + ratio + "\n"
        }
        return text
    }
}

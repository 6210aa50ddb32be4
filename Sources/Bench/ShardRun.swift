// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a server with a certain number of shards made of a scenario.
struct ShardRun: Sendable {
    let shards: Int
    let result: Measurement.Result
}

/// The runs of a sweep: a table for a person, a list of their reports as JSON.
struct ShardTable: CustomStringConvertible, JSONWritable {
    let runs: [ShardRun]

    private static let titles = [
        "shards", "ok/s", "p99 ms", "server µs", "postgres µs", "refused", "errors", "reconciled",
    ]

    var description: String {
        let rows = runs.map { run -> [String] in
            let report = run.result.report
            func fixed(_ value: Double?, _ digits: Int) -> String {
                value.map { Decimals.fixed($0, digits: digits) } ?? "–"
            }
            return [
                "\(run.shards)", fixed(report.perSecond, 1), fixed(report.latency.map { Double($0.p99) / 1000 }, 2),
                fixed(report.serverMicroseconds, 1), fixed(report.postgresMicroseconds, 1), "\(report.refused)",
                "\(report.errors)", report.reconciled.map { $0 ? "yes" : "NO" } ?? "–",
            ]
        }
        let table = [Self.titles] + rows
        let widths = Self.titles.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ") + "\n"
        }.joined()
    }

    func write(to json: inout JSONWriter) {
        json.array { json in
            for run in runs { run.result.report.write(to: &json) }
        }
    }
}

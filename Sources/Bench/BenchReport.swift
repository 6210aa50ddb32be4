// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// What a run found. The names of the JSON are fixed; what is not known is null.
struct BenchReport: Sendable {
    var scenario: String
    var startedAt: Timestamp
    var cores: Int
    var model: String?
    /// Options in force, by name.
    var settings: [(name: String, value: String)]
    /// Nanoseconds.
    var measured: UInt64
    var requests: Int
    var ok: Int
    var refused: Int
    var errors: Int
    var latency: LatencySummary?
    /// Requests of one kind, where there are several.
    var parts: [Part] = []
    /// Seconds on a processor.
    var ownSeconds: Double
    var serverSeconds: Double?
    var postgresSeconds: Double?
    var residentIdle: Int?
    var residentMax: Int?
    /// The highest arrival rate that held, where it was looked for; the other numbers are then those of that rate.
    var limit: Double?
    /// How it was looked for, run by run.
    var limitRuns: [LimitRun] = []
    /// Events of earlier runs that were still to be published when this one began; nil where it did not look.
    var waitingEvents: Int?
    /// What the same work makes elsewhere, on the same machine.
    var control: Control?
    /// nil when the scenario leaves nothing to reconcile.
    var reconciled: Bool?
    var mismatches: [String]

    /// Another program's rate, measured by a script in loadtest/compare.
    struct Control: Sendable, Equatable {
        let name: String
        let perSecond: Double
    }

    /// Answers that were ok, a second.
    var perSecond: Double { aSecond(ok) }
    /// Answers that refused, a second.
    var refusedPerSecond: Double { aSecond(refused) }
    var ratio: Double? { control.map { perSecond / $0.perSecond } }

    /// The highest 99th percentile of a part, in those of the part with the lowest: how much dearer one kind is than another in the
    /// same run. nil where fewer than two parts were measured.
    var p99Spread: Double? {
        let all = parts.compactMap { $0.tally.latencies.summary }.map { Double($0.p99) }
        guard all.count > 1, let least = all.min(), let most = all.max(), least > 0 else { return nil }
        return most / least
    }

    private func aSecond(_ count: Int) -> Double { measured > 0 ? Double(count) * 1e9 / Double(measured) : 0 }

    private func perRequest(_ seconds: Double?) -> Double? {
        guard let seconds, requests > 0 else { return nil }
        return seconds * 1e6 / Double(requests)
    }

    /// Processor time of the server for one request.
    var serverMicroseconds: Double? { perRequest(serverSeconds) }
    /// Processor time of all PostgreSQL processes for one request.
    var postgresMicroseconds: Double? { perRequest(postgresSeconds) }
    /// Our own share of one processor: near 1 the generator is the limit, not the server.
    var benchShare: Double? { measured > 0 ? ownSeconds * 1e9 / Double(measured) : nil }
    /// One thread can hardly be busier: the server may be faster than what was measured.
    var isLimitedByBench: Bool { (benchShare ?? 0) >= 0.9 }

    /// The numbers that a scenario's bars may name.
    static let metrics = [
        "requests", "ok", "refused", "errors", "per_second", "refused_per_second", "limit_per_second", "latency_us.p50",
        "latency_us.p90",
        "latency_us.p99",
        "latency_us.p999", "latency_us.max", "cpu.server_us_per_request", "cpu.postgres_us_per_request",
        "cpu.bench_share", "rss_bytes", "control.ratio", "p99_spread",
    ]

    /// One of `metrics`; nil when it is not known.
    func value(of metric: String) -> Double? {
        switch metric {
        case "requests": Double(requests)
        case "ok": Double(ok)
        case "refused": Double(refused)
        case "errors": Double(errors)
        case "per_second": perSecond
        case "refused_per_second": refusedPerSecond
        case "limit_per_second": limit
        case "latency_us.p50": latency.map { Double($0.p50) }
        case "latency_us.p90": latency.map { Double($0.p90) }
        case "latency_us.p99": latency.map { Double($0.p99) }
        case "latency_us.p999": latency.map { Double($0.p999) }
        case "latency_us.max": latency.map { Double($0.max) }
        case "cpu.server_us_per_request": serverMicroseconds
        case "cpu.postgres_us_per_request": postgresMicroseconds
        case "cpu.bench_share": benchShare
        case "rss_bytes": residentMax.map { Double($0) }
        case "control.ratio": ratio
        case "p99_spread": p99Spread
        default: nil
        }
    }
}

extension BenchReport: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("scenario", scenario)
            json.field("started_at", startedAt.description)
            json.object("machine") { json in
                json.field("cores", cores)
                json.field("model", model)
            }
            json.object("settings") { json in
                for (name, value) in settings {
                    json.key(dynamic: name)
                    json.value(value)
                }
            }
            json.field("requests", requests)
            json.field("ok", ok)
            json.field("refused", refused)
            json.field("errors", errors)
            Self.decimal("per_second", perSecond, &json)
            Self.decimal("refused_per_second", refusedPerSecond, &json)
            Self.decimal("limit_per_second", limit, &json)
            json.array("limit_runs") { json in
                for run in limitRuns { run.write(to: &json) }
            }
            write(latency, to: &json)
            json.object("cpu") { json in
                Self.decimal("server_us_per_request", serverMicroseconds, &json)
                Self.decimal("postgres_us_per_request", postgresMicroseconds, &json)
                Self.decimal("bench_share", benchShare, &json)
            }
            json.field("rss_bytes", residentMax)
            write(control, to: &json)
            Self.decimal("p99_spread", p99Spread, &json)
            json.array("parts") { json in
                for part in parts { write(part, to: &json) }
            }
            json.field("reconciled", reconciled)
            json.array("mismatches") { json in
                for mismatch in mismatches { json.value(mismatch) }
            }
        }
    }

    private func write(_ control: Control?, to json: inout JSONWriter) {
        guard let control else { return json.nullField("control") }
        json.object("control") { json in
            json.field("name", control.name)
            Self.decimal("per_second", control.perSecond, &json)
            Self.decimal("ratio", ratio, &json)
        }
    }

    private func write(_ part: Part, to json: inout JSONWriter) {
        json.object { json in
            json.field("name", part.name)
            json.field("requests", part.tally.requests)
            json.field("ok", part.tally.ok)
            json.field("refused", part.tally.refused)
            json.field("errors", part.tally.failed)
            write(part.tally.latencies.summary, to: &json)
        }
    }

    private func write(_ latency: LatencySummary?, to json: inout JSONWriter) {
        json.object("latency_us") { json in
            json.field("p50", latency.map { Int($0.p50) })
            json.field("p90", latency.map { Int($0.p90) })
            json.field("p99", latency.map { Int($0.p99) })
            json.field("p999", latency.map { Int($0.p999) })
            json.field("max", latency.map { Int($0.max) })
        }
    }

    private static func decimal(_ name: StaticString, _ value: Double?, _ json: inout JSONWriter) {
        guard let value else { return json.nullField(name) }
        json.field(name, raw: Decimals.text(value).utf8)
    }
}

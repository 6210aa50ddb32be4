// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import HTTP
import Postgres

/// The command line of the load generator.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a running server, then check what it acknowledged against its database.",
        discussion: """
            A scenario is a file in loadtest/, or a path. Orders come from buyers and SKUs that \
            `mve seed --skus N --buyers N --tokens FILE` makes; the server runs with RATE_LIMITS=off.

            Exit codes: 0 done, 1 a mismatch or (with --check) a missed bar, 2 usage, 3 server or database unreachable.
            """)

    @Argument(help: "The name of a scenario, such as hello or order.")
    var scenario: String

    @Option(help: "The server, as http://ADDRESS:PORT; http://127.0.0.1:8000 unless given.")
    var url: String?

    @Option(
        help: ArgumentHelp(
            """
            Measure servers of this build instead, one after the other, each with another of these counts as all its \
            ACTORS_*_SHARDS: powers of two, such as 1,2,4,8. With --prefilled they share the buyers.
            """, valueName: "list"),
        transform: ShardCounts.init(parsing:))
    var shards: ShardCounts?

    @Option(help: "Keep-alive connections, each with one request in flight.")
    var connections = 64

    @Option(
        help: "Requests a second, sent whether or not earlier ones were answered; without it as fast as answers come.")
    var rate: Double?

    @Option(help: "Seconds to measure.")
    var duration = 10

    @Option(help: "The buyers: lines of user id, access token and cart id.")
    var tokens: String?

    @Option(help: "Measured requests at most.")
    var requests: Int?

    @Flag(help: "Order the carts that mve seed filled, each once; the run ends when they are used up.")
    var prefilled = false

    @Option(help: "The server's database; DATABASE_URL, or the private one below MVE_DATA_DIR, unless given.")
    var database: String?

    @Option(help: "The server's Redis; REDIS_URL, or the private one below MVE_DATA_DIR, unless given.")
    var redis: String?

    @Option(help: "What webhooks are signed with; RAZORPAY_WEBHOOK_SECRETS unless given.")
    var webhookSecret: String?

    @Option(help: "Keys or payments to prepare before the clock starts, instead of what the scenario says.")
    var prepare: Int?

    @Option(help: "A server of the same shop that places the orders whose keys are then replayed at --url.")
    var prepareUrl: String?

    @Option(help: "The server's process, to see its processor time and memory; found by its port on this machine.")
    var serverPid: Int32?

    @Option(help: "Write the report as JSON.")
    var json: String?

    @Option(help: "Draw throughput and latency over time into this file.")
    var svg: String?

    @Option(help: "Show the numbers beside those of an earlier --json.")
    var compare: String?

    @Flag(
        help: """
            Look for the highest arrival rate whose p99 stays under --p99-max; each step is a run of --duration, and another one \
            where it did not hold.
            """)
    var findLimit = false

    @Option(help: "Milliseconds, for --find-limit.")
    var p99Max = 50.0

    @Option(help: "NAME=RATE: what a script in loadtest/compare measured for the same work elsewhere.")
    var control: String?

    @Flag(help: "End with 1 where a bar of the scenario is missed.")
    var check = false

    func validate() throws {
        guard (1...10_000).contains(connections) else { throw ValidationError("--connections must be 1 to 10000.") }
        guard (1...86_400).contains(duration) else { throw ValidationError("--duration must be 1 to 86400 seconds.") }
        guard rate.map({ $0 > 0 && $0 <= 1_000_000 }) ?? true else {
            throw ValidationError("--rate must be above 0 and at most 1000000.")
        }
        guard requests.map({ $0 > 0 }) ?? true else { throw ValidationError("--requests must be above 0.") }
        guard p99Max >= 0.001, p99Max <= 60_000 else { throw ValidationError("--p99-max must be 0.001 to 60000.") }
        guard !(findLimit && (rate != nil || requests != nil)) else {
            throw ValidationError("--find-limit chooses rates itself and runs for a time.")
        }
        guard control == nil || parsedControl != nil else { throw ValidationError("--control must be NAME=RATE.") }
        guard prepare.map({ $0 > 0 }) ?? true else { throw ValidationError("--prepare must be above 0.") }
        if shards != nil {
            for (name, isGiven) in [
                ("--url", url != nil), ("--prepare-url", prepareUrl != nil), ("--server-pid", serverPid != nil),
                ("--svg", svg != nil), ("--compare", compare != nil),
            ] where isGiven {
                throw ValidationError("--shards starts and compares servers itself: \(name) has no place beside it.")
            }
        }
    }

    func run() async throws {
        let scenario = try Scenario.load(scenario)
        // First, so that a file that is none ends the run before it began.
        let comparison = try compare.map { try Comparison.load($0) }
        if let shards { return try await sweep(shards, of: scenario) }
        let measurement = try measurement(
            of: scenario, at: url ?? "http://127.0.0.1:8000", pid: serverPid,
            try tokens.map { try Buyer.load($0) } ?? [])
        var result = try await result(of: measurement)
        result.report.control = parsedControl
        print(ReportTable(result: result), terminator: "")
        if let comparison { print(comparison.table(result.report), terminator: "") }
        if let json { try write(result.report.jsonBytes() + [0x0A], to: json) }
        if let svg {
            let title = "\(scenario.name), \(result.report.startedAt)"
            try write(Array(Plot(title: title, points: result.timeline.points).svg.utf8), to: svg)
        }
        try judge(result.report, scenario)
    }

    /// The run that the options ask for.
    func result(of measurement: Measurement) async throws -> Measurement.Result {
        findLimit ? try await measurement.limit(p99Max: UInt64(p99Max * 1000)) : try await measurement.run()
    }

    /// nil when it is no name and rate.
    var parsedControl: BenchReport.Control? {
        guard let parts = control?.split(separator: "=", maxSplits: 1), parts.count == 2, let rate = Double(parts[1]),
            rate > 0, rate.isFinite
        else { return nil }
        return BenchReport.Control(name: String(parts[0]), perSecond: rate)
    }

    /// - Parameters:
    ///   - url: where the server listens.
    ///   - pid: its process; looked for by its port when it is not known.
    ///   - buyers: needed where orders are made.
    func measurement(of scenario: Scenario, at url: String, pid: Int32?, _ buyers: [Buyer]) throws -> Measurement {
        var settings = LoadSettings(target: try LoadTarget(url))
        settings.connections = connections
        settings.duration = .seconds(duration)
        settings.rate = rate
        settings.requestsMax = requests
        settings.preparedMax = prepare
        settings.prepareTarget = try prepareUrl.map { try LoadTarget($0) }
        settings.isPrefilled = prefilled
        settings.serverPID = pid ?? ListeningProcess.find(at: settings.target.address)
        if let pid, ProcessUsage.residentBytes(pid) == nil {
            throw BenchError.usage("--server-pid: there is no process \(pid)")
        }
        var measurement = Measurement(scenario: scenario, settings: settings) { print($0) }
        if !scenario.isAlone {
            let environment = ProcessInfo.processInfo.environment
            measurement.databaseURL = try ServiceAddress.database(database, environment: environment)
            if case .replay = scenario.kind {
                measurement.redisURL = try ServiceAddress.redis(redis, environment: environment)
            }
            measurement.webhookSecret = ServiceAddress.webhookSecret(webhookSecret, environment: environment)
            measurement.buyers = buyers
        }
        return measurement
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw BenchError.usage("\(path) could not be written")
        }
    }

    /// Ends with 1 for a mismatch, and with `--check` for a missed bar.
    func judge(_ report: BenchReport, _ scenario: Scenario) throws {
        if isFailed(report, scenario) { throw ExitCode(1) }
    }

    /// Says which bars were missed, where they are to be checked.
    func isFailed(_ report: BenchReport, _ scenario: Scenario) -> Bool {
        var failed = report.reconciled == false
        if check {
            let missed = scenario.bars.compactMap { $0.missed(by: report.value(of: $0.metric)) }
            for bar in missed { print("missed: \(bar)") }
            if missed.isEmpty { print("\(scenario.bars.count) bars hold") }
            failed = failed || !missed.isEmpty
        }
        return failed
    }
}

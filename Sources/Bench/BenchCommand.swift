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

    @Option(help: "The server, as http://ADDRESS:PORT.")
    var url = "http://127.0.0.1:8000"

    @Option(help: "Keep-alive connections, each with one request in flight.")
    var connections = 64

    @Option(
        help: "Requests a second, sent whether or not earlier ones were answered; without it as fast as answers come.")
    var rate: Double?

    @Option(help: "Seconds to measure.")
    var duration = 10

    @Option(help: "The buyers: lines of user id, access token and cart id.")
    var tokens: String?

    @Option(help: "Orders at most.")
    var orders: Int?

    @Flag(help: "Order the carts that mve seed filled, each once; the run ends when they are used up.")
    var prefilled = false

    @Option(help: "The server's database; DATABASE_URL, or the private one below MVE_DATA_DIR, unless given.")
    var database: String?

    @Option(help: "The server's process, to see its processor time and memory; found by its port on this machine.")
    var serverPid: Int32?

    @Option(help: "Write the report as JSON.")
    var json: String?

    @Flag(help: "End with 1 where a bar of the scenario is missed.")
    var check = false

    func validate() throws {
        guard (1...10_000).contains(connections) else { throw ValidationError("--connections must be 1 to 10000.") }
        guard (1...86_400).contains(duration) else { throw ValidationError("--duration must be 1 to 86400 seconds.") }
        guard rate.map({ $0 > 0 && $0 <= 1_000_000 }) ?? true else {
            throw ValidationError("--rate must be above 0 and at most 1000000.")
        }
        guard orders.map({ $0 > 0 }) ?? true else { throw ValidationError("--orders must be above 0.") }
    }

    func run() async throws {
        let scenario = try Scenario.load(scenario)
        var settings = LoadSettings(target: try LoadTarget(url))
        settings.connections = connections
        settings.duration = .seconds(duration)
        settings.rate = rate
        settings.ordersMax = orders
        settings.isPrefilled = prefilled
        settings.serverPID = serverPid ?? ListeningProcess.find(at: settings.target.address)
        if let serverPid, ProcessUsage.residentBytes(serverPid) == nil {
            throw BenchError.usage("--server-pid: there is no process \(serverPid)")
        }
        var measurement = Measurement(scenario: scenario, settings: settings) { print($0) }
        if case .order = scenario.kind {
            measurement.databaseURL = try DatabaseAddress.find(
                database, environment: ProcessInfo.processInfo.environment)
            measurement.buyers = try tokens.map { try Buyer.load($0) } ?? []
        }
        let result = try await measurement.run()
        print(ReportTable(result: result), terminator: "")
        try write(result.report)
        try judge(result.report, scenario)
    }

    private func write(_ report: BenchReport) throws {
        guard let json else { return }
        guard FileManager.default.createFile(atPath: json, contents: Data(report.jsonBytes() + "\n".utf8)) else {
            throw BenchError.usage("the report could not be written to \(json)")
        }
    }

    /// Ends with 1 for a mismatch, and with `--check` for a missed bar.
    func judge(_ report: BenchReport, _ scenario: Scenario) throws {
        var failed = report.reconciled == false
        if check {
            let missed = scenario.bars.compactMap { $0.missed(by: report.value(of: $0.metric)) }
            for bar in missed { print("missed: \(bar)") }
            if missed.isEmpty { print("\(scenario.bars.count) bars hold") }
            failed = failed || !missed.isEmpty
        }
        if failed { throw ExitCode(1) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import MarketApp

/// `mve reconcile`: what the payment provider has, compared with what is here and in the ledger.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract:
            "Compare payments and refunds with the provider, make good what is missing here; exit 1 when something stays open.",
        discussion: """
            Without options, yesterday. A day is one of the store's time zone (Asia/Kolkata). Without the RAZORPAY_* settings it \
            asks the sandbox of a server that runs on the same MVE_DATA_DIR.
            """)

    @Option(help: "A day, YYYY-MM-DD.")
    var date: String?

    @Option(help: "From this time on until now, such as 2026-11-26T00:00:00Z; instead of a day.")
    var since: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard date == nil || since == nil else { throw ValidationError("either --date or --since, not both") }
    }

    func run() async throws {
        let report = try await Maintenance.reconcile(
            date: date, since: since, try AppConfiguration.load(), logger: Logger(label: "mve"))
        print(json ? report.json : report.text)
        guard report.isClean else { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import MarketApp

/// `mve check`: what must hold at every moment, one line for each that does not.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the invariants of the database; exit 1 when one is broken.",
        discussion: "Reads whole tables in one snapshot: minutes apart on a large database.")

    func run() async throws {
        let invariants = try await Maintenance.check(try AppConfiguration.load(), logger: Logger(label: "mve"))
        let broken = invariants.filter { !$0.holds }
        for invariant in broken { print("broken: \(invariant.name) (\(invariant.offenders) rows)") }
        guard broken.isEmpty else { throw ExitCode(ExitStatus.checkFailed.rawValue) }
        print("\(invariants.count) invariants hold")
    }
}

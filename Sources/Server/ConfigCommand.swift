// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MarketApp

/// `mve config`: prints the values in force and where each came from.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the effective configuration, secrets masked; exit 2 and list every problem when it is wrong.")

    func run() throws {
        print(ConfigurationReport(try AppConfiguration.load()))
    }
}

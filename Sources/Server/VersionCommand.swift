// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MarketApp

/// `mve version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("mve \(BuildVersion.number)\(BuildVersion.commit.map { " (\($0))" } ?? "")")
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MarketApp

/// `mve routes`: the table of all endpoints.
struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Print every endpoint with its access and limits, as Markdown.")

    func run() async throws {
        print(try await RouteTable.markdown(), terminator: "")
    }
}

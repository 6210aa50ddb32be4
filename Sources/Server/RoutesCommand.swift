// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MarketApp

/// `mve routes`: the table of all endpoints, or their OpenAPI description as `/schema/` serves it.
struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Print every endpoint with its access and limits, as Markdown or OpenAPI.")

    /// The forms in which the endpoints are told.
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case markdown, json, yaml
    }

    @Option(help: "markdown, or OpenAPI 3.1 as json or yaml.")
    var format = Form.markdown

    func run() async throws {
        switch format {
        case .markdown: print(try await RouteTable.markdown(), terminator: "")
        case .json: print(try await RouteTable.openAPI(asYAML: false))
        case .yaml: print(try await RouteTable.openAPI(asYAML: true), terminator: "")
        }
    }
}

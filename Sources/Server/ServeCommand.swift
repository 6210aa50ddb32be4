// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import MarketApp

/// `mve serve`: runs the server until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server; with no DATABASE_URL and REDIS_URL it starts its own PostgreSQL and Redis.")

    @Flag(help: "Use the private PostgreSQL and Redis although addresses are configured.")
    var embedded = false

    @Option(help: "Listen on this port instead of HTTP_PORT; 0 picks a free one.")
    var port: Int?

    func run() async throws {
        let overrides = port.map { ["HTTP_PORT": "\($0)"] } ?? [:]
        let read = { @Sendable () throws(ConfigurationError) in
            try AppConfiguration.load(ConfigurationSources(overrides: overrides))
        }
        var configuration = try read()
        if embedded { configuration = configuration.withEmbeddedServices() }
        ShopMetrics.bootstrap()
        try await Application.serve(configuration, reread: read, logger: Logger(label: "mve")) { print($0) }
    }
}

/// `mve migrate`: applies the migrations that are missing.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Apply the migrations that the database does not have.")

    func run() async throws {
        let files = try await Maintenance.migrate(try AppConfiguration.load(), logger: Logger(label: "mve"))
        print(files.isEmpty ? "nothing to apply" : files.joined(separator: "\n"))
    }
}

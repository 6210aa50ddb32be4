// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import MarketApp

/// `mve services`: runs the private PostgreSQL and Redis for servers that are started beside it.
struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "Run the private PostgreSQL and Redis alone, until SIGTERM or SIGINT.",
        discussion:
            "Applies the migrations, then prints DATABASE_URL and REDIS_URL for the servers to use, and `ready`.")

    func run() async throws {
        try await Application.runServices(try AppConfiguration.load(), logger: Logger(label: "mve")) { print($0) }
    }
}

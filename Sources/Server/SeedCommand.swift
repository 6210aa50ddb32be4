// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import MarketApp

/// `mve seed`: the demo catalogue, and the large sets of load runs.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Add the demo catalogue and accounts, or what is missing of them; refused in production.",
        discussion: "The same numbers make the same rows in every database; running it twice changes nothing.")

    @Option(help: "Products of the demo catalogue, about 2.5 times as many variants.")
    var products = SeedOptions().products

    @Option(help: "Products with one variant and ample stock each, for load runs.")
    var skus = 0

    @Option(help: "Units of each of those.")
    var stock = SeedOptions().stock

    @Option(help: "Accounts for load runs, each with a cart of three lines of those products; empty carts are filled.")
    var buyers = 0

    @Option(help: "Write a line of user id, access token and cart id for each of the buyers; tokens last a day.")
    var tokens: String?

    func run() async throws {
        var options = SeedOptions()
        options.products = products
        options.skus = skus
        options.stock = stock
        options.buyers = buyers
        options.tokensFile = tokens
        print(try await Maintenance.seed(options, try AppConfiguration.load(), logger: Logger(label: "mve")))
    }
}

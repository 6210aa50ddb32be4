// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
public import MarketHTTP
public import Postgres
import UVRuntime

/// What to seed.
public struct SeedOptions: Sendable, Equatable {
    /// The most of each; beyond it a machine's memory and patience end first.
    public static let countMax = 1_000_000
    /// The most units of one SKU: what fits in the column, with room for units that are put back.
    public static let stockMax = 1_000_000_000

    /// Products of the demo catalogue, about 2.5 times as many variants.
    public var products = 1000
    /// Products with one variant and ample stock each, for load runs.
    public var skus = 0
    /// Units of each of those that are not there yet.
    public var stock = SeedLoadProducts.stock
    /// Accounts for load runs, each with a cart of three lines of those products; empty carts are filled again.
    public var buyers = 0
    /// Where to write the buyers' access tokens, if at all.
    public var tokensFile: String?

    /// The demo catalogue alone.
    public init() {}

    /// Whether the numbers can be had.
    func check() throws(SeedError) {
        for (name, count) in [("products", products), ("skus", skus), ("buyers", buyers)]
        where !(0...Self.countMax).contains(count) {
            throw .usage("--\(name) is a number from 0 to \(Self.countMax)")
        }
        guard (1...Self.stockMax).contains(stock) else {
            throw .usage("--stock is a number from 1 to \(Self.stockMax)")
        }
        if tokensFile != nil && buyers == 0 { throw .usage("--tokens needs --buyers") }
    }
}

/// Why nothing was seeded, or not all.
public enum SeedError: Error, Equatable, CustomStringConvertible {
    /// The passwords are public.
    case refusedInProduction
    /// A count is out of range, or tokens were asked for without buyers.
    case usage(String)
    /// The file could not be written.
    case tokensFile(String)

    /// For the one who typed the command.
    public var description: String {
        switch self {
        case .refusedInProduction:
            "the seed makes accounts with public passwords: it is refused when MVE_ENV=production"
        case .usage(let text): text
        case .tokensFile(let path): "the tokens could not be written to \(path)"
        }
    }
}

/// What was added, and what can be logged in with.
public struct SeedReport: Sendable, Equatable, CustomStringConvertible {
    /// Rows that were not there before.
    public var sellers = 0, categories = 0, products = 0, variants = 0, accounts = 0, buyers = 0
    /// Carts that were empty and are filled.
    public var carts = 0
    /// Lines of the tokens' file.
    public var tokens = 0
    /// The demo accounts.
    public let logins = SeedAccount.all

    /// Whether the database had everything already.
    public var changedNothing: Bool {
        sellers + categories + products + variants + accounts + buyers + carts == 0
    }

    /// For a terminal, several lines.
    public var description: String {
        var lines = [
            changedNothing
                ? "Everything was there already."
                : "Added \(sellers) sellers, \(categories) categories, \(products) products, \(variants) variants, "
                    + "\(accounts) accounts, \(buyers) buyers."
        ]
        if carts > 0 { lines.append("Filled \(carts) carts.") }
        if tokens > 0 { lines.append("Wrote \(tokens) tokens, valid for a day.") }
        return (lines + logins.map { "  \($0)" }).joined(separator: "\n")
    }
}

/// The demo data: the same rows in every database, made anew by whatever is missing.
///
/// - Isolation: callable from anywhere; statements and hashing run on the pool's loop and its workers.
public struct Seed: Sendable {
    /// Rows of products in one transaction: 5,000 variants at most eight a product stay below the stock writer's 20,000,
    /// and a statement below a second.
    static let chunk = 2000
    /// Rows of buyers in one transaction.
    static let buyersChunk = 5000

    let options: SeedOptions
    let pool: PostgresPool
    /// What the accounts' hashes cost; tests take less.
    var passwordCost = PasswordCost.standard

    /// Seeds a database.
    ///
    /// - Parameters:
    ///   - pool: with the schema's migrations applied.
    ///   - tokens: issues the buyers' tokens; needed only with `SeedOptions.tokensFile`.
    ///   - isProduction: refuses everything.
    /// - Throws: `SeedError`; `PostgresError`.
    /// - Cost: about a second for the demo catalogue, a few for 10,000 of each for load runs.
    public static func run(
        _ options: SeedOptions, pool: PostgresPool, tokens: AccessTokens?, isProduction: Bool
    ) async throws -> SeedReport {
        try await Seed(options: options, pool: pool).run(tokens: tokens, isProduction: isProduction)
    }

    /// Seeds the demo catalogue into a database that has no product yet; nil when it has.
    ///
    /// - Throws: as `run`; nothing in production, where it does nothing.
    public static func runWhereEmpty(pool: PostgresPool, isProduction: Bool) async throws -> SeedReport? {
        if isProduction { return nil }
        let seed = Seed(options: SeedOptions(), pool: pool)
        guard try await seed.inTransaction({ try await $0.isEmpty() }) else { return nil }
        return try await seed.run(tokens: nil, isProduction: false)
    }

    /// The demo accounts that a database has, for who starts a server on it; none in production.
    static func logins(pool: PostgresPool, isProduction: Bool) async throws -> [SeedAccount] {
        if isProduction { return [] }
        return try await Seed(options: SeedOptions(), pool: pool).inTransaction { store in
            let known = try await store.known(SeedAccount.all.map(\.email))
            return SeedAccount.all.filter { known.contains($0.email) }
        }
    }

    func run(tokens: AccessTokens?, isProduction: Bool) async throws -> SeedReport {
        if isProduction { throw SeedError.refusedInProduction }
        try check(tokens)
        var report = SeedReport()
        let places = try await addBasics(&report)
        var demo = SeedProducts()
        try await addProducts(options.products, to: places, &report) { demo.next() }
        var load = SeedLoadProducts(stock: options.stock)
        try await addProducts(options.skus, to: places, &report) { load.next() }
        let buyers = try await addBuyers(&report)
        if !report.changedNothing { try await inTransaction { try await $0.analyze() } }
        if let file = options.tokensFile, let tokens {
            report.tokens = try await writeTokens(buyers, to: file, tokens)
        }
        return report
    }

    private func check(_ tokens: AccessTokens?) throws {
        try options.check()
        guard options.tokensFile == nil || tokens != nil else {
            throw SeedError.usage("--tokens needs the server's secret")
        }
    }

    /// Runs one seeding transaction on the pool's loop.
    func inTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (SeedStore) async throws -> Value
    ) async throws -> Value {
        let pool = pool
        return try await pool.loop.run {
            try await pool.withTransaction { transaction in
                let store = SeedStore(client: transaction)
                try await store.waitForTurn()
                return try await body(store)
            }
        }
    }

    /// The argon2id hashes of passwords, made on the loop's workers.
    func hashes(_ passwords: [String]) async throws -> [String] {
        let (loop, cost) = (pool.loop, passwordCost)
        return try await loop.run {
            var hashes: [String] = []
            for password in passwords {
                hashes.append(try await loop.offload { try PasswordHash.make(password, cost: cost) })
            }
            return hashes
        }
    }
}

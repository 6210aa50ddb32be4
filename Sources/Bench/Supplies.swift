// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// What the shop offers to make requests of, as it was found before a run.
struct Supplies: Sendable {
    /// Variants with ample stock, in the order of their ids.
    var variants: [VariantID] = []
    /// The variant of which so many units are left.
    var scarce: [Int: VariantID] = [:]
    var products: [ProductID] = []
    var categories: [CategoryID] = []
    /// Categories with others below them, in which something is offered.
    var branches: [CategoryID] = []
    /// Titles of products, for what is typed into a search.
    var titles: [String] = []

    /// What stands in paths for what the shop has.
    var places: [(mark: String, values: [String])] {
        [
            ("{product}", products.map(\.description)), ("{category}", categories.map(\.description)),
            ("{branch}", branches.map(\.description)), ("{words}", titles.map { Self.words($0, 2) }),
            ("{word}", titles.map { Self.words($0, 1) }),
        ]
    }

    /// The last words of a title, which say what it is, as a query has them.
    private static func words(_ title: String, _ count: Int) -> String {
        title.split { !$0.isLetter || !$0.isASCII }.suffix(count).joined(separator: "%20")
    }

    /// Units that a SKU must have, so that no order is refused for lack of stock.
    private static let ampleStock = 100_000
    /// Pages of each kind: more than the server's caches would be unfair to a shop, fewer to its database.
    private static let pagesMax = 1000

    /// Reads what a scenario needs.
    ///
    /// - Throws: `BenchError` when something is not there, `PostgresError`.
    mutating func load(for scenario: Scenario, from store: BenchStore) async throws {
        switch scenario.kind {
        case .hello: break
        case .browse:
            products = try await store.products(limit: Self.pagesMax)
            categories = try await store.categories(limit: Self.pagesMax)
            branches = try await store.branches(limit: Self.pagesMax)
            titles = try await store.titles(limit: Self.pagesMax)
            guard !products.isEmpty, !categories.isEmpty else {
                throw BenchError.unreachable("the shop has no products; mve seed makes some")
            }
        case .cart: try await loadVariants(atLeast: 1, store)
        case .order(let mix):
            guard let units = mix.units else { return try await loadVariants(atLeast: mix.lines, store) }
            guard let variant = try await store.variant(withExactly: units) else {
                throw BenchError.unreachable(
                    "there is no SKU of which exactly \(units) units are left; mve seed --skus N --stock \(units), "
                        + "with one SKU more than there are, makes it")
            }
            scarce[units] = variant
        case .replay(let mix, _, _), .webhook(let mix): try await loadVariants(atLeast: mix.lines, store)
        case .mix: for part in try scenario.parts() { try await load(for: part.scenario, from: store) }
        }
    }

    private mutating func loadVariants(atLeast count: Int, _ store: BenchStore) async throws {
        if variants.isEmpty { variants = try await store.variants(withUnits: Self.ampleStock, limit: nil) }
        guard variants.count >= count else {
            throw BenchError.unreachable("\(variants.count) SKUs have ample stock; mve seed --skus N makes some")
        }
    }

    /// The variants that orders choose from.
    func variants(for mix: OrderMix) -> [VariantID] {
        if let units = mix.units { return scarce[units].map { [$0] } ?? [] }
        return Array(variants.prefix(mix.skusMax ?? .max))
    }
}

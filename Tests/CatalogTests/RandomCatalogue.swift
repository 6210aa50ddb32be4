// SPDX-License-Identifier: Apache-2.0
import MarketCore

@testable import Catalog

/// A small catalogue drawn by lot, as rows for the database and as values that a naive filter runs over.
struct RandomCatalogue {
    struct Variant {
        let id: Int64
        let price: Int64
        let options: [String: String]
        let available: Int
    }

    struct Product {
        let id: Int64
        let seller: Int64
        let category: Int64
        let brand: String?
        let attributes: [String: String]
        let stars: Int
        let isVisible: Bool
        let variants: [Variant]
    }

    let products: [Product]

    static let colours = ["Red", "Blue", "it's \\ \"quoted\"", "Grün"]
    static let sizes = ["S", "M", "L"]
    static let materials = ["Cotton", "Wool", "a,b"]
    static let brands = ["Acme", "Bolt", "Coil"]

    init(seed: UInt64, count: Int = 40) {
        var random = SeededRandom(seed: seed)
        products = (1...Int64(count)).map { id in
            Product(
                id: id, seller: Int64.random(in: 1...2, using: &random),
                category: Int64.random(in: 2...4, using: &random),
                brand: Bool.random(using: &random) ? Self.brands.randomElement(using: &random) : nil,
                attributes: Dictionary(
                    uniqueKeysWithValues: [("material", Self.materials), ("age", ["7", "8"])].compactMap {
                        Int.random(in: 0..<4, using: &random) == 0
                            ? nil : ($0.0, $0.1.randomElement(using: &random) ?? "")
                    }), stars: Int.random(in: 0...5, using: &random),
                isVisible: Int.random(in: 0..<6, using: &random) > 0,
                variants: (0..<Int64.random(in: 1...4, using: &random)).map { number in
                    Variant(
                        id: id * 10 + number, price: Int64.random(in: 1...8, using: &random) * 1000,
                        options: Dictionary(
                            uniqueKeysWithValues: [("Colour", Self.colours), ("Size", Self.sizes)].compactMap {
                                Int.random(in: 0..<5, using: &random) == 0
                                    ? nil : ($0.0, $0.1.randomElement(using: &random) ?? "")
                            }), available: Int.random(in: 0...1, using: &random))
                })
        }
    }

    // MARK: For the database

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private static func json(_ members: [String: String], numbers: Set<String> = []) -> String {
        let fields = members.sorted { $0.key < $1.key }.map { key, value in
            "\(quoted(key)), \(numbers.contains(key) ? value : "\(quoted(value))::text")"
        }
        return "jsonb_build_object(\(fields.joined(separator: ", ")))"
    }

    /// Categories and sellers are those of `CatalogRows`.
    var sql: String {
        let rows = products.map { product in
            """
            (\(product.id), \(product.seller), \(product.category), 'p-\(product.id)', 'Product \(product.id)', \
            \(product.isVisible ? "'active'" : "'unlisted'"), 'approved', '6109', 1800, \
            \(product.brand.map(Self.quoted) ?? "null"), \(Self.json(product.attributes, numbers: ["age"])), \
            1, \(product.stars))
            """
        }
        let variants = products.flatMap { product in
            product.variants.map { variant in
                """
                (\(variant.id), \(product.id), \(product.seller), 'S-\(variant.id)', \(variant.price), \
                \(Self.json(variant.options)))
                """
            }
        }
        let stock = products.flatMap(\.variants).filter { $0.available > 0 }.map { "\($0.id)" }
        return """
            insert into catalog.products (id, seller_id, category_id, slug, title, status, moderation, hsn_code,
                                          gst_rate_bps, brand, attributes, rating_count, rating_sum)
            values \(rows.joined(separator: ",\n"));
            insert into catalog.variants (id, product_id, seller_id, sku, price_minor, options)
            values \(variants.joined(separator: ",\n"));
            update inventory.stock set on_hand = 1 where variant_id in (\((["0"] + stock).joined(separator: ",")));
            """
    }

    // MARK: The naive filter

    private static func holds(_ selection: FacetSelection, _ product: Product, _ variant: Variant) -> Bool {
        let value =
            switch selection.facet {
            case .brand: product.brand
            case .attribute(let name): product.attributes[name]
            case .option(let name): variant.options[name]
            }
        return value.map { selection.values.contains($0) } ?? false
    }

    private static func holds(_ filter: ProductFilter, _ product: Product) -> Bool {
        product.isVisible && filter.categories?.contains { $0.rawValue == product.category } ?? true
            && filter.seller.map { $0.rawValue == product.seller } ?? true
            && filter.ratingMin.map { product.stars * 100 >= $0 } ?? true
    }

    private static func holds(_ filter: ProductFilter, _ variant: Variant) -> Bool {
        filter.priceMin.map { variant.price >= $0 } ?? true && filter.priceMax.map { variant.price <= $0 } ?? true
            && (!filter.isInStock || variant.available > 0)
    }

    /// The ids of the products that the filter holds.
    func matches(_ filter: ProductFilter, ignoring facet: Facet? = nil) -> [(product: Product, variants: [Variant])] {
        products.filter { Self.holds(filter, $0) }.compactMap { product in
            let variants = product.variants.filter { variant in
                Self.holds(filter, variant)
                    && filter.selections.allSatisfy { $0.facet == facet || Self.holds($0, product, variant) }
            }
            return variants.isEmpty ? nil : (product, variants)
        }
    }

    /// In how many products each value of each facet is found.
    func facets(_ filter: ProductFilter) -> [String: [String: Int]] {
        let all: [Facet] = [.brand, .attribute("material"), .attribute("age"), .option("Colour"), .option("Size")]
        var counts: [String: [String: Int]] = [:]
        for facet in all {
            for (product, variants) in matches(filter, ignoring: facet) {
                let values: Set<String> =
                    switch facet {
                    case .brand: Set([product.brand].compactMap { $0 })
                    case .attribute(let name): Set([product.attributes[name]].compactMap { $0 })
                    case .option(let name): Set(variants.compactMap { $0.options[name] })
                    }
                for value in values { counts[facet.name, default: [:]][value, default: 0] += 1 }
            }
            for selection in filter.selections where selection.facet == facet {
                for value in selection.values { counts[facet.name, default: [:]][value, default: 0] += 0 }
            }
        }
        return counts
    }

    // MARK: Random filters

    /// A filter drawn by lot, and its parameters.
    static func filter(_ random: inout SeededRandom) -> (filter: ProductFilter, query: [String]) {
        var filter = ProductFilter()
        var query: [String] = []
        func chance(_ random: inout SeededRandom) -> Bool { Int.random(in: 0..<3, using: &random) == 0 }
        if chance(&random) {
            filter.categories = [2, 3].map(CategoryID.init(rawValue:))
            query.append("category_id=\(CatalogRows.category(2))")
        }
        if chance(&random) {
            filter.seller = SellerID(rawValue: 1)
            query.append("seller_id=\(CatalogRows.seller(1))")
        }
        if chance(&random) {
            let stars = Int.random(in: 0...5, using: &random)
            filter.ratingMin = stars * 100
            query.append("rating_min=\(stars)")
        }
        if chance(&random) {
            let price = Int64.random(in: 1...8, using: &random) * 1000
            filter.priceMin = price
            query.append("price_min=\(price)")
        }
        if chance(&random) {
            let price = (filter.priceMin ?? 0) + Int64.random(in: 0...5, using: &random) * 1000
            filter.priceMax = price
            query.append("price_max=\(price)")
        }
        if chance(&random) {
            filter.isInStock = true
            query.append("in_stock=true")
        }
        let choices: [(Facet, [String])] = [
            (.brand, brands), (.attribute("material"), materials), (.attribute("age"), ["7", "8"]),
            (.option("Colour"), colours + ["None"]), (.option("Size"), sizes),
        ]
        for (facet, values) in choices where chance(&random) {
            let chosen = Array(values.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)))
            filter.selections.append(FacetSelection(facet: facet, values: chosen))
            query.append("\(facet.name)=\(chosen.map(encoded).joined(separator: ","))")
        }
        return (filter, query)
    }

    /// A value as a parameter has it: commas and backslashes escaped, then octets percent-encoded.
    private static func encoded(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            if scalar == "," || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var out = ""
        for octet in text.utf8 {
            out.unicodeScalars += ["%", digits[Int(octet >> 4)], digits[Int(octet & 15)]]
        }
        return out
    }
}

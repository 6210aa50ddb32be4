// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// Which products a list, a search or a filter holds.
struct ProductFilter: Hashable, Sendable {
    /// The category asked for and all below it; nil for every category.
    var categories: [CategoryID]?
    var seller: SellerID?
    /// In hundredths of a star.
    var ratingMin: Int?
    /// Of a variant, in minor units.
    var priceMin: Int64?
    var priceMax: Int64?
    var currency: Currency?
    /// Whether a variant has units; false asks for nothing.
    var isInStock = false
    /// What is chosen of facets: each is another facet.
    var selections: [FacetSelection] = []

    /// Whether a variant has to be looked at.
    var concernsVariants: Bool {
        priceMin != nil || priceMax != nil || currency != nil || isInStock
            || selections.contains { if case .option = $0.facet { true } else { false } }
    }
}

/// A property by whose values products can be chosen.
enum Facet: Hashable, Sendable {
    case brand
    /// A text, number or boolean among the product's attributes.
    case attribute(String)
    /// What tells a product's variants apart.
    case option(String)

    /// As parameters and answers name it.
    var name: String {
        switch self {
        case .brand: "brand"
        case .attribute(let name): "attr." + name
        case .option(let name): "options." + name
        }
    }

    /// Reads a parameter's name; nil for one that names no facet.
    init?(parameter name: String) {
        func rest(_ prefix: String) -> String? {
            guard name.hasPrefix(prefix) else { return nil }
            let rest = name.dropFirst(prefix.count)
            return (1...FacetLimits.nameCountMax).contains(rest.unicodeScalars.count) ? String(rest) : nil
        }
        if name == "brand" {
            self = .brand
        } else if let name = rest("attr.") {
            self = .attribute(name)
        } else if let name = rest("options.") {
            self = .option(name)
        } else {
            return nil
        }
    }
}

/// The values chosen of one facet, any of which will do.
struct FacetSelection: Hashable, Sendable {
    let facet: Facet
    let values: [String]
}

/// The bounds of filters and of the facets that are shown.
enum FacetLimits {
    /// Facets in one request: more than any page of filters shows.
    static let selectionsMax = 10
    /// Values of one facet in one request.
    static let valuesMax = 20
    static let nameCountMax = 60
    static let valueCountMax = 200
    /// Facets in an answer, those of most products first.
    static let shownMax = 20
    /// Values of a facet in an answer, the most frequent first; chosen ones are always among them.
    static let valuesShownMax = 50
    /// Products whose facets are counted, the newest: as far as counts of lists are exact, a tenth of a second's work.
    static let countedMax = BoundedCount.exactMax
}

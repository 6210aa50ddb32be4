// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// Puts together the conditions of a filter; values go into the parameters, never into the text.
///
/// Statements with filters are as many as there are ways to filter, and good plans depend on what is asked for: they are planned
/// each time and not kept.
struct FilterSQL {
    private(set) var parameters = PostgresParameters()
    private var count = 0

    mutating func bind(_ value: some PostgresEncodable) -> String {
        parameters.append(value)
        count += 1
        return "$\(count)"
    }

    mutating func bind(texts: [String]) -> String {
        parameters.appendArray(texts) { $0 }
        count += 1
        return "$\(count)::text[]"
    }

    mutating func bind(numbers: [Int64]) -> String {
        parameters.appendArray(numbers) { $0 }
        count += 1
        return "$\(count)::bigint[]"
    }

    /// What holds for a product `p` whatever is chosen of its facets.
    mutating func base(_ filter: ProductFilter) -> String {
        var text = "p.visible and p.price_min_minor is not null"
        if let categories = filter.categories {
            text += " and p.category_id = any(\(bind(numbers: categories.map(\.rawValue))))"
        }
        if let seller = filter.seller { text += " and p.seller_id = \(bind(seller.rawValue))" }
        if let rating = filter.ratingMin { text += " and p.rating_centi >= \(bind(rating))" }
        return text
    }

    /// What holds for a variant `v` with its stock `k` whatever is chosen of its facets.
    mutating func variantBase(_ filter: ProductFilter) -> String {
        var text = "v.status = 'active'"
        if let least = filter.priceMin { text += " and v.price_minor >= \(bind(least))" }
        if let most = filter.priceMax { text += " and v.price_minor <= \(bind(most))" }
        if let currency = filter.currency { text += " and v.currency = \(bind(currency.description))" }
        if filter.isInStock { text += " and k.sellable and k.on_hand > k.reserved" }
        return text
    }

    /// What holds for the product `p` or variant `v` with one of the values.
    mutating func condition(_ selection: FacetSelection) -> String {
        let values = bind(texts: selection.values)
        switch selection.facet {
        case .brand: return "p.brand = any(\(values))"
        case .attribute(let name):
            let name = bind(name)
            return """
                (p.attributes->>\(name) = any(\(values)) \
                and jsonb_typeof(p.attributes->\(name)) in ('string', 'number', 'boolean'))
                """
        case .option(let name): return "v.options->>\(bind(name)) = any(\(values))"
        }
    }

    /// The whole filter on a product `p`: what is asked of variants holds within one.
    mutating func all(_ filter: ProductFilter) -> String {
        var text = base(filter)
        var variant: [String] = []
        for selection in filter.selections {
            if case .option = selection.facet {
                variant.append(condition(selection))
            } else {
                text += " and " + condition(selection)
            }
        }
        guard filter.concernsVariants else { return text }
        let conditions = ([variantBase(filter)] + variant).joined(separator: " and ")
        return text + """
             and exists (select 1 from catalog.variants v join inventory.stock k on k.variant_id = v.id
                          where v.product_id = p.id and \(conditions))
            """
    }
}

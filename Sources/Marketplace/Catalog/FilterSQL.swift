// SPDX-License-Identifier: Apache-2.0
import HTTP
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

    /// What the index of attributes or options finds for a selection: everything that ``condition(_:)`` holds, and hardly more.
    /// A brand's index finds it by the condition itself.
    private mutating func search(_ selection: FacetSelection) -> String {
        switch selection.facet {
        case .brand: ""
        case .attribute(let name): " and p.attributes @> any(\(bind(documents(name, selection.values))))"
        case .option(let name): " and v.options @> any(\(bind(documents(name, selection.values))))"
        }
    }

    private mutating func bind(_ documents: [String]) -> String { "\(bind(texts: documents))::jsonb[]" }

    /// The JSON objects that hold one of the values under the name: a value's text may be that of a number or of a boolean.
    private func documents(_ name: String, _ values: [String]) -> [String] {
        func document(_ write: (inout JSONWriter) -> Void) -> String {
            var json = JSONWriter(capacity: 64)
            json.object { json in
                json.key(dynamic: name)
                write(&json)
            }
            return String(decoding: json.bytes, as: UTF8.self)
        }
        return values.flatMap { value in
            let text = document { $0.value(value) }
            guard Self.isBare(value) else { return [text] }
            return [text, document { $0.raw(Array(value.utf8)) }]
        }
    }

    /// Whether a text is a boolean or a number as PostgreSQL writes them out of JSON: never with an exponent.
    static func isBare(_ text: String) -> Bool {
        if text == "true" || text == "false" { return true }
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let whole = parts.first, parts.count <= 2 else { return false }
        let areDigits = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        return areDigits && (whole.count == 1 || whole.first != UInt8(ascii: "0"))
    }

    /// The whole filter on a product `p`: what is asked of variants holds within one.
    mutating func all(_ filter: ProductFilter) -> String {
        var text = base(filter)
        var variant = ""
        for selection in filter.selections {
            let both = " and " + condition(selection) + search(selection)
            if case .option = selection.facet { variant += both } else { text += both }
        }
        guard filter.concernsVariants else { return text }
        let conditions = variantBase(filter) + variant
        return text + """
             and exists (select 1 from catalog.variants v join inventory.stock k on k.variant_id = v.id
                          where v.product_id = p.id and \(conditions))
            """
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Reads what a request asks of products: the parameters of lists, searches and filters, and the identity that cursors are bound
/// to.
struct FilterParameters {
    /// Those with a fixed name; `attr.<name>` and `options.<name>` come with any.
    static let names = [
        "category_id", "seller_id", "brand", "price_min", "price_max", "currency", "rating_min", "in_stock",
    ]
    /// As the columns have it.
    static let priceRange = 0...1_000_000_000_000

    private(set) var filter = ProductFilter()
    /// What was asked for, for the list's identity.
    private(set) var identity: [(name: String, value: String)] = []

    /// - Parameter others: further parameters that the route knows.
    /// - Throws: `Problem` 400 `unknown-parameter`, `malformed-request` for a repeated one; 404 for a category or seller that
    ///   cannot exist; 422 for a value that makes no sense.
    init(_ request: RequestContext, others: [String], categories: CategoryCache) async throws {
        let query = CatalogQuery(request)
        try Self.refuseUnknown(request, others)
        try await readPlaces(query, categories)
        filter.priceMin = try query.number("price_min", in: Self.priceRange).map(Int64.init)
        filter.priceMax = try query.number("price_max", in: Self.priceRange).map(Int64.init)
        if let least = filter.priceMin, let most = filter.priceMax, least > most {
            throw CatalogQuery.invalid("price_max", "price_max is below price_min")
        }
        if let code = try query.text("currency") {
            guard let currency = Currency(code) else {
                throw CatalogQuery.invalid("currency", "a code of three capital letters is expected")
            }
            filter.currency = currency
        }
        if let text = try query.text("rating_min") { filter.ratingMin = try Self.stars(text) }
        filter.isInStock = try query.flag("in_stock") ?? false
        for pair in request.query.pairs {
            guard let facet = Facet(parameter: pair.name) else { continue }
            let values = try Self.values(try query.text(pair.name) ?? "", of: pair.name)
            filter.selections.append(FacetSelection(facet: facet, values: values))
        }
        guard filter.selections.count <= FacetLimits.selectionsMax else {
            throw CatalogQuery.invalid(
                filter.selections[FacetLimits.selectionsMax].facet.name,
                "at most \(FacetLimits.selectionsMax) facets can be chosen")
        }
        // Brand is a facet like others.
        for name in Self.names.filter({ $0 != "brand" }) + filter.selections.map(\.facet.name) {
            if let value = try query.text(name) { identity.append((name, value)) }
        }
    }

    private mutating func readPlaces(_ query: CatalogQuery, _ categories: CategoryCache) async throws {
        if let text = try query.text("category_id") {
            guard let category = CategoryID(text),
                let descendants = try await categories.tree(knowing: category, isCounted: false)
                    .descendants(of: category)
            else { throw Problem(.notFound) }
            filter.categories = descendants
        }
        if let text = try query.text("seller_id") {
            guard let seller = SellerID(text) else { throw Problem(.notFound) }
            filter.seller = seller
        }
    }

    private static func refuseUnknown(_ request: RequestContext, _ others: [String]) throws {
        let unknown = request.query.pairs.filter { pair in
            !names.contains(pair.name) && !others.contains(pair.name) && Facet(parameter: pair.name) == nil
        }
        guard unknown.isEmpty else {
            throw Problem(
                .unknownParameter, detail: "A query parameter is not known here.",
                errors: unknown.map {
                    .init(
                        code: "unknown-parameter", message: "not a parameter of this endpoint",
                        members: [("parameter", .string(String($0.name.unicodeScalars.prefix(100))))])
                })
        }
    }

    /// `4` and `4.5`, in hundredths.
    private static func stars(_ text: String) throws -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int(parts[0]), (0...5).contains(whole), parts[0].utf8.count == 1 else {
            throw CatalogQuery.invalid("rating_min", "a number from 0 to 5 is expected")
        }
        var centi = whole * 100
        if parts.count == 2 {
            guard (1...2).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let fraction = Int(parts[1])
            else { throw CatalogQuery.invalid("rating_min", "a number from 0 to 5 is expected") }
            centi += parts[1].utf8.count == 1 ? fraction * 10 : fraction
        }
        guard centi <= 500 else { throw CatalogQuery.invalid("rating_min", "a number from 0 to 5 is expected") }
        return centi
    }

    /// The values of a comma list; a backslash before a comma or backslash makes it part of a value.
    static func values(_ text: String, of name: String) throws -> [String] {
        var values: [String] = [""]
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                values[values.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," {
                values.append("")
            } else {
                values[values.count - 1].unicodeScalars.append(scalar)
            }
        }
        guard !isEscaped, values.count <= FacetLimits.valuesMax,
            values.allSatisfy({ (1...FacetLimits.valueCountMax).contains($0.unicodeScalars.count) })
        else {
            throw CatalogQuery.invalid(
                name,
                "1 to \(FacetLimits.valuesMax) values are expected, of 1 to \(FacetLimits.valueCountMax) characters each, commas between them"
            )
        }
        return values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
